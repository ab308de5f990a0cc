/** The way back: from the result to the leaves, one note at a time, by the chain rule. */
import { sameShape, showShape } from "./shape.ts";
import { type Hook, inFloat32, Node, type Source, sourceOf, withRecording } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

export interface BackwardOptions {
  /** Keep the saved values, so that `backward` can run again. */
  retain_graph?: boolean;
  /** Record the way back as well, for derivatives of derivatives. */
  create_graph?: boolean;
}

export interface GradOptions extends BackwardOptions {
  /** What to start from, one tensor per output. By default 1 for outputs of one element. */
  grad_outputs?: readonly (Tensor | undefined)[];
  /** Give null for an input that the outputs do not depend on, instead of an error. */
  allow_unused?: boolean;
}

type Gradients = Map<Source, Tensor>;

/** Adds the gradient of `root` to the `grad` of every leaf behind it. */
export function runBackward(root: Tensor, start: Tensor, options: BackwardOptions): void {
  withRecording(options.create_graph ?? false, () => {
    for (const [source, gradient] of sweep([[root, start]], options)) {
      if (!(source instanceof Node)) source.accumulateGrad(gradient);
    }
  });
}

/**
 * The gradients of the outputs with respect to the inputs, which may be leaves or results. Nobody's
 * `grad` changes. `create_graph: true` makes them differentiable in turn.
 *
 * Errors: an input that the outputs do not depend on, without `allow_unused`.
 *
 * @example
 * const x = tensor([3], { requires_grad: true });
 * const [slope] = grad(x.pow(2).sum(), x, { create_graph: true });
 * slope.item() // 6
 * grad(slope.sum(), x)[0].item() // 2
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions & { allow_unused: true },
): (Tensor | null)[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions,
): Tensor[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  const starts = list(outputs).map(
    (output, i) => [output, firstGradient(output, options.grad_outputs?.[i])] as const,
  );
  const sources = list(inputs).map(sourceOf);
  const targets = new Set(sources.filter((source) => source !== null));
  const found = withRecording(options.create_graph ?? false, () => sweep(starts, options, targets));
  return sources.map((source) => {
    const gradient = source === null ? undefined : found.get(source);
    if (gradient !== undefined || options.allow_unused) return gradient ?? null;
    throw new Error(
      "One of the differentiated Tensors appears to not have been used in the graph. " +
        "Set allow_unused: true if this is the desired behavior",
    );
  });
}

const list = (tensors: Tensor | readonly Tensor[]): readonly Tensor[] =>
  Array.isArray(tensors) ? (tensors as readonly Tensor[]) : [tensors as Tensor];

/** What `backward` starts from: the given gradient, or 1. */
export function firstGradient(root: Tensor, given?: Tensor): Tensor {
  if (!root.requires_grad) {
    throw new Error(
      "element 0 of tensors does not require grad and does not have a grad_fn. " +
        "Make a tensor behind it with requires_grad: true",
    );
  }
  if (given === undefined && root.size !== 1) {
    throw new Error(
      `grad can be implicitly created only for scalar outputs: this one is ` +
        `${showShape(root.shape)}. Reduce it first (sum, mean), or pass a gradient`,
    );
  }
  if (given !== undefined && !sameShape(given.shape, root.shape)) {
    throw new RangeError(
      `Mismatch in shape: grad_output[0] has a shape of ${showShape(given.shape)} and output[0] ` +
        `has a shape of ${showShape(root.shape)}`,
    );
  }
  return given ?? root.like(1);
}

/** The gradients of all sources behind the roots, or of what lies on the way to the targets. */
function sweep(
  roots: readonly (readonly [Tensor, Tensor])[],
  { create_graph = false, retain_graph = create_graph }: BackwardOptions,
  targets?: ReadonlySet<Source>,
): Gradients {
  const gradients: Gradients = new Map();
  for (const [root, start] of roots) add(gradients, sourceOf(root)!, start);
  const nodes = latestFirst(gradients.keys());
  const wanted = targets && onTheWay(nodes, targets);
  for (const node of nodes) {
    const arrived = gradients.get(node);
    if (arrived === undefined) continue;
    const gradient = observe(gradients, node, arrived);
    node.keeper?.accumulateGrad(gradient);
    const wide = inFloat32(gradient);
    let used = false;
    for (let place = 0; place < node.sources.length; place++) {
      const source = node.sources[place]!;
      if (source === null || wanted?.has(source) === false) continue;
      used = true;
      add(gradients, source, node.derivatives[place]!(wide, node));
    }
    if (used && !retain_graph) node.free();
  }
  for (const [source, gradient] of gradients) {
    if (!(source instanceof Node)) observe(gradients, source, gradient);
  }
  return gradients;
}

/** Adds to the gradient of a source, summed where it was broadcast. */
function add(gradients: Gradients, source: Source, gradient: Tensor): void {
  const fitted = gradient.sumTo(source.shape).to(source.dtype);
  const before = gradients.get(source);
  gradients.set(source, before === undefined ? fitted : sumOf(before, fitted));
}

/** A sum in which either may be sparse. */
export function sumOf(a: Tensor, b: Tensor): Tensor {
  return b.is_sparse ? b.add(a) : a.add(b);
}

/** Shows a complete gradient to the hooks; what they return takes its place. */
function observe(gradients: Gradients, source: Source, gradient: Tensor): Tensor {
  if (source.hooks === null) return gradient;
  const seen = source.hooks.reduce((g: Tensor, hook: Hook) => {
    const other = hook(g) ?? g;
    if (sameShape(other.shape, g.shape)) return other;
    throw new RangeError(
      `hook '${hook.name}' has changed the size of value: ${showShape(other.shape)} in place of ` +
        showShape(g.shape),
    );
  }, gradient);
  gradients.set(source, seen);
  return seen;
}

/** The notes behind some sources. Results come after what they were made of. */
function latestFirst(starts: Iterable<Source>): Node[] {
  const found = new Set<Node>();
  for (const start of starts) if (start instanceof Node) found.add(start);
  // A set that grows while it is read: whoever is added is read as well.
  for (const node of found) {
    for (const source of node.sources) if (source instanceof Node) found.add(source);
  }
  const nodes = [...found];
  const inOrder = nodes.every((node, i) => i === 0 || node.time < nodes[i - 1]!.time);
  return inOrder ? nodes : nodes.sort((a, b) => b.time - a.time);
}

/** The targets, and the notes from which a target can be reached. */
function onTheWay(nodes: readonly Node[], targets: ReadonlySet<Source>): ReadonlySet<Source> {
  const wanted = new Set(targets);
  for (const node of nodes.toReversed()) {
    if (node.sources.some((source) => source !== null && wanted.has(source))) wanted.add(node);
  }
  return wanted;
}
