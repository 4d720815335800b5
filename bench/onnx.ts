/** Writes a model file of ours as an ONNX file, so that another engine can run the same weights. */

/** Layers in order: weight `[outputs, inputs]` and bias `[outputs]`; ReLU between them. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Uint8Array;
  readonly bias: Uint8Array;
}

/** Reads the layers of an exported model with one head.
 * @param names Tensor names without `.weight` and `.bias`, first layer to last. */
export function denseLayers(file: Uint8Array, names: readonly string[]): DenseLayer[] {
  const headerLength = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength)));
  const bytes = (name: string) => {
    const [from, to] = header[name].data_offsets as [number, number];
    return file.slice(8 + headerLength + from, 8 + headerLength + to);
  };
  return names.map((name) => {
    const [outputs, inputs] = header[`${name}.weight`].shape as [number, number];
    return { inputs, outputs, weight: bytes(`${name}.weight`), bias: bytes(`${name}.bias`) };
  });
}

/** An ONNX file with input `x` `[batch, inputs]` and output `y`. The field numbers are those of onnx.proto. */
export function onnxModel(layers: readonly DenseLayer[]): Uint8Array {
  const nodes: Uint8Array[] = [];
  const weights: Uint8Array[] = [];
  let from = "x";
  layers.forEach((layer, index) => {
    const last = index === layers.length - 1;
    const to = last ? "y" : `h${index}`;
    weights.push(tensor(`w${index}`, [layer.outputs, layer.inputs], layer.weight));
    weights.push(tensor(`b${index}`, [layer.outputs], layer.bias));
    const transposed = message(text(1, "transB"), integer(3, 1), integer(20, 2));
    nodes.push(node("Gemm", [from, `w${index}`, `b${index}`], last ? to : `${to}_sum`, transposed));
    if (!last) nodes.push(node("Relu", [`${to}_sum`], to));
    from = to;
  });
  const graph = message(
    ...nodes.map((node) => bytes(1, node)),
    text(2, "net"),
    ...weights.map((weight) => bytes(5, weight)),
    bytes(11, value("x", layers[0].inputs)),
    bytes(12, value("y", layers[layers.length - 1].outputs)),
  );
  return message(integer(1, 8), bytes(7, graph), bytes(8, message(text(1, ""), integer(2, 17))));
}

function node(
  operator: string,
  inputs: readonly string[],
  output: string,
  attribute?: Uint8Array,
): Uint8Array {
  const attributes = attribute ? [bytes(5, attribute)] : [];
  return message(...inputs.map((name) => text(1, name)), text(2, output), text(4, operator), ...attributes);
}

function tensor(name: string, shape: readonly number[], raw: Uint8Array): Uint8Array {
  return message(...shape.map((size) => integer(1, size)), integer(2, 1), text(8, name), bytes(9, raw));
}

function value(name: string, width: number): Uint8Array {
  const shape = message(bytes(1, message(text(2, "batch"))), bytes(1, message(integer(1, width))));
  return message(text(1, name), bytes(2, message(bytes(1, message(integer(1, 1), bytes(2, shape))))));
}

function message(...fields: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(fields.reduce((length, field) => length + field.length, 0));
  let at = 0;
  for (const field of fields) {
    whole.set(field, at);
    at += field.length;
  }
  return whole;
}

function text(field: number, content: string): Uint8Array {
  return bytes(field, new TextEncoder().encode(content));
}

function bytes(field: number, content: Uint8Array): Uint8Array {
  return message(varint(field * 8 + 2), varint(content.length), content);
}

function integer(field: number, content: number): Uint8Array {
  return message(varint(field * 8), varint(content));
}

function varint(number: number): Uint8Array {
  const groups = [];
  for (; number > 127; number = Math.floor(number / 128)) groups.push((number % 128) | 128);
  return Uint8Array.from([...groups, number]);
}
