import type { ObjectInfo } from '../nodes/object-info.js';
import { uploadInputs } from '../nodes/object-info.js';
import type { Feature } from '../version.js';
import { PyError } from '../wire/convert.js';
import { str } from '../wire/repr.js';
import { isDict, type Dict, type Value, type Writable } from '../wire/values.js';
import {
  classTypeOf,
  inputsOfNode,
  missingClass,
  nodeOf,
  noOutputs,
  outputsFailed,
  tracebackOf,
  type PromptError,
} from './graph-error.js';
import { classInputs } from './class-inputs.js';
import {
  badLink,
  customFailed,
  inputMissing,
  typeMismatch,
  type Declared,
  type NodeError,
} from './input-errors.js';
import { checkLiteral, typesFit } from './input-check.js';

/**
 * Decides like the server's own validation, in its order and words: every node's class first, then the inputs of the
 * nodes upstream of each output. Literal values in `prompt` are coerced in place.
 */
export interface ValidationContext {
  readonly info: ObjectInfo;
  readonly features: ReadonlySet<Feature>;
  /** Whether an uploaded file that a node names exists. */
  readonly fileExists: (name: string) => boolean;
}

export type Validation =
  | { ok: true; outputs: string[]; nodeErrors: Writable }
  | { ok: false; error: PromptError; nodeErrors: Writable };

export function validatePrompt(
  prompt: Dict,
  targets: readonly string[] | undefined,
  context: ValidationContext,
): Validation {
  const outputs: string[] = [];
  for (const [id, node] of prompt) {
    const info = isDict(node) ? context.info.get(classTypeOf(node)) : undefined;
    if (info === undefined)
      return { ok: false, error: missingClass(id, node as Dict, context.features), nodeErrors: {} };
    if (info.get('output_node') === true && (targets === undefined || targets.includes(id))) outputs.push(id);
  }
  if (outputs.length === 0) return { ok: false, error: noOutputs, nodeErrors: {} };
  return new GraphCheck(prompt, context).run(outputs);
}

interface Verdict {
  readonly valid: boolean;
  readonly errors: readonly NodeError[];
}

class GraphCheck {
  private readonly verdicts = new Map<string, Verdict>();
  private readonly visiting: string[] = [];
  private readonly nodeErrors = new Map<
    string,
    { errors: readonly NodeError[]; dependent_outputs: string[]; class_type: Writable }
  >();

  constructor(
    private readonly prompt: Dict,
    private readonly context: ValidationContext,
  ) {}

  run(outputs: readonly string[]): Validation {
    const good: string[] = [];
    const own: string[] = [];
    for (const output of outputs) {
      const verdict = this.checkOutput(output);
      if (verdict.valid) good.push(output);
      else own.push(...verdict.errors.map((error) => `${error.message}: ${error.details}`));
      if (!verdict.valid) this.collectErrors(output);
    }
    const { nodeErrors } = this;
    if (good.length > 0) return { ok: true, outputs: good, nodeErrors };
    return { ok: false, error: outputsFailed(own.join('\n')), nodeErrors };
  }

  private checkOutput(output: string): Verdict {
    this.visiting.length = 0;
    try {
      return this.check(output);
    } catch (error) {
      const reason = error as PyError;
      const verdict: Verdict = { valid: false, errors: [exceptionError(reason)] };
      this.verdicts.set(output, verdict);
      return verdict;
    }
  }

  /** Only nodes with errors of their own are reported; those merely downstream of them are not. */
  private collectErrors(output: string): void {
    for (const [id, verdict] of this.verdicts) {
      if (verdict.valid || verdict.errors.length === 0) continue;
      const classType = nodeOf(this.prompt, id).get('class_type') ?? null;
      const known = this.nodeErrors.get(id) ?? {
        errors: verdict.errors,
        dependent_outputs: [],
        class_type: classType,
      };
      known.dependent_outputs.push(output);
      this.nodeErrors.set(id, known);
    }
  }

  private check(id: string): Verdict {
    const known = this.verdicts.get(id);
    if (known !== undefined) return known;
    if (this.visiting.includes(id)) return this.cycle(id);
    this.visiting.push(id);
    const verdict = this.checkInputs(id);
    this.visiting.splice(this.visiting.lastIndexOf(id), 1);
    const final = this.verdicts.get(id) ?? verdict;
    this.verdicts.set(id, final);
    return final;
  }

  private checkInputs(id: string): Verdict {
    const node = nodeOf(this.prompt, id);
    const inputs = inputsOfNode(node);
    const className = classTypeOf(node);
    const info = this.context.info.get(className) as Dict;
    const errors: NodeError[] = [];
    let valid = true;
    for (const declared of classInputs(info.get('input') as Dict, inputs)) {
      const value = inputs.get(declared.name);
      if (value === undefined) {
        if (declared.required) errors.push(inputMissing(declared));
      } else if (Array.isArray(value)) {
        const outcome = this.checkLink(declared, value);
        if (outcome === 'upstream') valid = false;
        else if (outcome !== undefined) errors.push(outcome);
      } else {
        const error = this.checkValue(className, declared, inputs);
        if (error !== undefined) errors.push(error);
      }
    }
    return { valid: valid && errors.length === 0, errors };
  }

  private checkValue(className: string, declared: Declared, inputs: Dict): NodeError | undefined {
    const place = `${className}.${declared.name}`;
    const isUpload = uploadInputs.has(place);
    const isListed = !isUpload && !takesAny.has(place);
    const error = checkLiteral(declared, inputs, isListed, this.context.features);
    if (error !== undefined || !isUpload) return error;
    const file = str(inputs.get(declared.name) as Value);
    return this.context.fileExists(file)
      ? undefined
      : customFailed(declared.name, `${invalidFile[declared.name] ?? 'Invalid file'}: ${file}`);
  }

  /** `upstream`: the fault is reported at another node. Throws what Python would throw outside its guard. */
  private checkLink(declared: Declared, link: Value[]): NodeError | 'upstream' | undefined {
    if (link.length !== 2) return badLink(declared, link);
    const [from, slot] = link as [Value, Value];
    const source = nodeOf(this.prompt, from);
    const types = this.context.info.get(classTypeOf(source))?.get('output') as Value[];
    const received = outputType(types, slot);
    if (!typesFit(received, declared.config[0])) return typeMismatch(declared, received, link);
    try {
      return this.check(from as string).valid ? undefined : 'upstream';
    } catch (error) {
      this.verdicts.set(from as string, {
        valid: false,
        errors: [innerError(error as PyError, declared, link)],
      });
      return 'upstream';
    }
  }

  private cycle(id: string): Verdict {
    if (!this.context.features.has('dependencyCycle')) return { valid: false, errors: [] };
    const path = [...this.visiting.slice(this.visiting.indexOf(id)), id];
    const nodes = [...new Set(path)];
    const details = path.map((node) => `${node} (${classTypeOf(nodeOf(this.prompt, node))})`).join(' -> ');
    for (const node of nodes)
      this.verdicts.set(node, { valid: false, errors: [cycleError(node, nodes, details)] });
    return this.verdicts.get(id) as Verdict;
  }
}

/** Inputs of recorded classes that have a validation of their own, which takes whatever comes. */
const takesAny: ReadonlySet<string> = new Set([
  'CustomCombo.choice',
  'ModelAttentionBackend.attention',
  'SelectCLIPDevice.device',
  'SelectModelDevice.device',
  'SelectVAEDevice.device',
]);

const invalidFile: Record<string, string> = {
  image: 'Invalid image file',
  file: 'Invalid video file',
  video: 'Invalid video file',
  audio: 'Invalid audio file',
  latent: 'Invalid latent file',
};

function outputType(types: Value[], slot: Value): Value {
  if (typeof slot !== 'number')
    throw new PyError('TypeError', 'tuple indices must be integers or slices, not str');
  const type = types.at(slot);
  if (type === undefined) throw new PyError('IndexError', 'tuple index out of range');
  return type;
}

const cycleError = (node: string, nodes: string[], details: string): NodeError => ({
  type: 'dependency_cycle',
  message: 'Dependency cycle detected',
  details,
  extra_info: { node_id: node, cycle_nodes: nodes },
});

const exceptionError = (reason: PyError): NodeError => ({
  type: 'exception_during_validation',
  message: 'Exception when validating node',
  details: reason.message,
  extra_info: { exception_type: reason.type, traceback: tracebackOf('validate_prompt') },
});

const innerError = (reason: PyError, { name, config }: Declared, link: Value[]): NodeError => ({
  type: 'exception_during_inner_validation',
  message: 'Exception when validating inner node',
  details: reason.message,
  extra_info: {
    input_name: name,
    input_config: config,
    exception_message: reason.message,
    exception_type: reason.type,
    traceback: tracebackOf('validate_inputs'),
    linked_node: link,
  },
});
