import { no_grad, tensor } from "../../lib/autograd/index.ts";
import { set_num_threads } from "../../lib/kernels/index.ts";
import { functional, Linear, ReLU, Sequential } from "../../lib/nn/index.ts";
import { Adam } from "../../lib/optim/index.ts";
import { adam, batches, firstWeights, type Network, type Team, trainer } from "./trainer.ts";

/** This library as its user writes it: modules, backward, step. */
export function downhill(): Team {
  return {
    version: "this tree",
    contestants: [{ name: "Downhill", make: async (network) => train(network) }],
  };
}

function train(network: Network) {
  set_num_threads(1);
  const layers = network.sizes.slice(1).flatMap((outputs, l) => {
    const inputs = network.sizes[l]!;
    const layer = new Linear(inputs, outputs);
    const weights = tensor(firstWeights(inputs, outputs), { shape: [inputs, outputs] });
    no_grad(() => {
      layer.weight.copy_(weights.transpose());
      layer.bias!.zero_();
    });
    return l === network.sizes.length - 2 ? [layer] : [layer, new ReLU()];
  });
  const model = new Sequential(...layers);
  const { lr, beta1, beta2, eps } = adam;
  const optimizer = new Adam(model.parameters(), { lr, betas: [beta1, beta2], eps });
  const data = batches(network).map(({ images, labels }) => ({
    images: tensor(images, { shape: [network.batch, 64] }),
    labels: tensor(labels),
  }));
  return trainer((k) => {
    const { images, labels } = data[k % data.length]!;
    optimizer.zero_grad();
    const loss = functional.cross_entropy(model.forward(images), labels);
    loss.backward();
    optimizer.step();
    return loss.item();
  });
}
