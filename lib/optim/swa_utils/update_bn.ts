import { no_grad, type Tensor } from "../../autograd/index.ts";

/** A layer that keeps the statistics of its inputs, such as `nn.BatchNorm1d`. */
interface Normalising {
  momentum: number | null;
  reset_running_stats(): void;
}

interface Trainable {
  training: boolean;
  train(mode?: boolean): unknown;
  modules(): readonly object[];
  forward(input: Tensor): unknown;
}

/**
 * Computes the running statistics of a model's batch normalisations anew, as the mean over one pass
 * through the data: averaged weights have never seen a batch. A batch is the input, or a list that
 * begins with it. Layers and model end in the mode in which they were.
 *
 * Source: PyTorch 2.14.1, `torch.optim.swa_utils.update_bn`.
 *
 * @example
 * const layer = new BatchNorm1d(1);
 * const averaged = new AveragedModel(layer);
 * update_bn([tensor([[1], [3]]), [tensor([[4], [8]]), "labels"]], averaged.module);
 * averaged.module.running_mean // tensor([4.])
 */
export function update_bn(
  loader: Iterable<Tensor | readonly [input: Tensor, ...rest: unknown[]]>,
  model: Trainable,
): void {
  const layers = model.modules().filter(isNormalising);
  if (layers.length === 0) return;
  const momenta = layers.map(({ momentum }) => momentum);
  const { training } = model;
  for (const layer of layers) layer.reset_running_stats();
  model.train();
  try {
    for (const layer of layers) layer.momentum = null;
    no_grad(() => {
      for (const batch of loader) model.forward(Array.isArray(batch) ? batch[0] : batch);
    });
  } finally {
    layers.forEach((layer, i) => (layer.momentum = momenta[i]!));
    model.train(training);
  }
}

function isNormalising(module: object): module is Normalising {
  return "reset_running_stats" in module && "momentum" in module;
}
