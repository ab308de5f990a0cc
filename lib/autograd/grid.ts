import { type Data, type Dtype, dtypeOf, type Remote } from "./data.ts";
import { type Shape, sizeOf } from "./shape.ts";

const typeNames: Readonly<Record<Dtype, string>> = {
  float16: "torch.HalfTensor",
  float32: "torch.FloatTensor",
  float64: "torch.DoubleTensor",
};

export type NestedNumbers = number | NestedNumbers[];

/** Numbers and their shape: what a tensor is before it remembers anything. */
export class Grid {
  /** The elements, row-major, in an array that fits `dtype`. Writing into it is not recorded. */
  data: Data;
  readonly shape: Shape;
  /** Whose memory this is: that of another tensor after `detach()`. */
  #home: Grid = this;
  #changes = 0;
  #remote: Remote | null = null;

  constructor(data: Data, shape: Shape) {
    this.data = data;
    this.shape = shape;
  }

  /** Counts changes in place, so that `backward` notices a value that changed too early. */
  get version(): number {
    return this.#home.#changes;
  }
  set version(count: number) {
    this.#home.#changes = count;
  }

  /** Says that this is the memory of another tensor: a change in either is one in both. */
  protected shareMemory(other: Grid): void {
    this.#home = other.#home;
    if (other.#remote !== null) this.keepIn(other.#remote);
  }

  /** The memory elsewhere that keeps the numbers; null for most tensors. */
  get remote(): Remote | null {
    return this.#remote;
  }

  /** Lets a memory elsewhere keep the numbers: from now on whoever asks for `data` asks there. */
  keepIn(remote: Remote): void {
    this.#remote = remote;
    Object.defineProperty(this, "data", {
      get: () => remote.open(),
      set: (data: Data) => remote.replace(data),
      configurable: true,
      enumerable: true,
    });
  }

  /** `data` for a reader who knows where the newest numbers are, such as a device. */
  peekData(): Data {
    return this.#remote === null ? this.data : this.#remote.array;
  }

  get dtype(): Dtype {
    return dtypeOf(this.peekData());
  }

  /** How many elements there are: what PyTorch calls `numel()`. PyTorch's `size()` is `shape` here. */
  get size(): number {
    return this.peekData().length;
  }

  /**
   * How many elements there are.
   *
   * @example
   * zeros([2, 3]).numel() // 6
   */
  numel(): number {
    return this.size;
  }

  /**
   * How many dimensions there are.
   *
   * @example
   * zeros([2, 3]).dim() // 2
   */
  dim(): number {
    return this.shape.length;
  }

  /** Whether only the entries that are not zero are kept, as in a `SparseTensor`. */
  get is_sparse(): boolean {
    return false;
  }

  /** PyTorch's name of this kind of tensor, for its error messages. */
  get typeName(): string {
    return typeNames[this.dtype];
  }

  /**
   * The only number in this tensor.
   *
   * @example
   * tensor([[7]]).item() // 7
   */
  item(): number {
    if (this.size === 1) return this.data[0]!;
    throw new RangeError(`a Tensor with ${this.size} elements cannot be converted to Scalar`);
  }

  /**
   * The elements, fetched into `data` first if newer ones are on a GPU.
   *
   * @example
   * const data = await tensor([1, 2]).read();
   * data // Float32Array(2) [ 1, 2 ]
   */
  async read(): Promise<Data> {
    await this.#remote?.fetch();
    return this.peekData();
  }

  /**
   * The elements as nested arrays of numbers.
   *
   * @example
   * tensor([[1, 2], [3, 4]]).tolist() // [[1, 2], [3, 4]]
   */
  tolist(): NestedNumbers {
    const nest = (dim: number, from: number): NestedNumbers => {
      if (dim === this.shape.length) return this.data[from]!;
      const step = sizeOf(this.shape.slice(dim + 1));
      return Array.from({ length: this.shape[dim]! }, (_, i) => nest(dim + 1, from + i * step));
    };
    return nest(0, 0);
  }
}
