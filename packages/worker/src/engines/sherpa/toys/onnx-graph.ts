import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';

type ElementType = 'float' | 'int32' | 'int64';
/** A length, or the name of one that is known only when the network runs. */
type Dimension = number | string;
type Attribute = number | readonly number[];

const DATA_TYPES = { float: DataType.FLOAT, int32: DataType.INT32, int64: DataType.INT64 } as const;
/** What onnxruntime has understood since 2021. */
const IR_VERSION = 8n;
const OPSET = 13n;

/** Builds a network for onnxruntime, operator by operator. Values are known by their names. */
export class OnnxGraph {
  readonly #inputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  readonly #outputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  readonly #nodes: MessageInitShape<typeof NodeProtoSchema>[] = [];
  readonly #constants: MessageInitShape<typeof TensorProtoSchema>[] = [];
  #names = 0;

  input(name: string, type: ElementType, shape: readonly Dimension[]): string {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** What an operator makes of its inputs. Attributes are whole numbers or lists of them. */
  node(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const name = this.#fresh();
    this.#nodes.push({
      opType,
      input: [...input],
      output: [name],
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    });
    return name;
  }

  floats(shape: readonly number[], values: Iterable<number>): string {
    const name = this.#fresh();
    this.#constants.push({ name, dims: shape.map(BigInt), dataType: DataType.FLOAT, floatData: [...values] });
    return name;
  }

  integers(values: readonly number[]): string {
    const name = this.#fresh();
    const dims = [BigInt(values.length)];
    this.#constants.push({ name, dims, dataType: DataType.INT64, int64Data: values.map(BigInt) });
    return name;
  }

  /** `value[:, …, from:to]` along one axis; both may count from the end, and `to` may lie behind it. */
  slice(value: string, axis: number, from: number, to: number): string {
    return this.node('Slice', [value, this.integers([from]), this.integers([to]), this.integers([axis])]);
  }

  /** Declares that a value is given back, under a name of its own. */
  output(value: string, name: string, type: ElementType, shape: readonly Dimension[]): void {
    this.#nodes.push({ opType: 'Identity', input: [value], output: [name] });
    this.#outputs.push(valueInfo(name, type, shape));
  }

  /** The network as an `.onnx` file. */
  bytes(metadata: Readonly<Record<string, string | number>> = {}): Uint8Array {
    const graph: MessageInitShape<typeof GraphProtoSchema> = {
      name: 'toy',
      input: this.#inputs,
      output: this.#outputs,
      node: this.#nodes,
      initializer: this.#constants,
    };
    const model = create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      opsetImport: [{ version: OPSET }],
      graph,
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value: String(value) })),
    });
    return toBinary(ModelProtoSchema, model);
  }

  #fresh(): string {
    this.#names += 1;
    return `v${this.#names}`;
  }
}

function valueInfo(
  name: string,
  type: ElementType,
  shape: readonly Dimension[],
): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((length) => ({
    value:
      typeof length === 'number'
        ? { case: 'dimValue' as const, value: BigInt(length) }
        : { case: 'dimParam' as const, value: length },
  }));
  return {
    name,
    type: { value: { case: 'tensorType', value: { elemType: DATA_TYPES[type], shape: { dim } } } },
  };
}

function attribute(name: string, value: Attribute): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: BigInt(value) };
  return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
}
