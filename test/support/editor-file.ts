/** The file that ComfyUI's editor would save of a graph, from what a server says of its classes. */

interface ClassInfo {
  input: {
    required?: Record<string, [unknown, Record<string, unknown>?]>;
    optional?: ClassInfo['input']['required'];
  };
  output: string[];
}
type Graph = Record<string, { class_type: string; inputs: Record<string, unknown> }>;
type Link = [id: number, from: number, fromSlot: number, to: number, toSlot: number, type: string];

const widgetTypes = new Set(['INT', 'FLOAT', 'STRING', 'BOOLEAN', 'COMBO']);
/** Their widgets depend on each other, so that the editor saves them by name. */
const savedByName = /^VHS_/;

export function editorFileOf(graph: Graph, classes: Record<string, ClassInfo>): object {
  const links: Link[] = [];
  const nodes = Object.entries(graph).map(([id, { class_type: type, inputs }], order) => {
    const info = classes[type];
    if (!info) throw new Error(`no server has ${type}`);
    const slots: object[] = [];
    const values: unknown[] = [];
    for (const [name, [kind, options = {}]] of Object.entries({
      ...info.input.required,
      ...info.input.optional,
    })) {
      const isWidget = Array.isArray(kind) || (widgetTypes.has(String(kind)) && options.forceInput !== true);
      const value = inputs[name];
      const linkId = Array.isArray(value) ? links.length + 1 : null;
      if (Array.isArray(value)) {
        const [from, fromSlot] = value as [string, number];
        const linked = classes[graph[from]!.class_type]!.output[fromSlot] ?? '*';
        links.push([links.length + 1, Number(from), fromSlot, Number(id), slots.length, linked]);
      }
      if (linkId !== null || !isWidget)
        slots.push({ name, type: kind, link: linkId, ...(isWidget && { widget: { name } }) });
      if (!isWidget) continue;
      values.push(linkId === null ? (value ?? options.default) : options.default);
      if (name === 'seed' || name === 'noise_seed') values.push('fixed');
      if (options.image_upload === true) values.push('image');
    }
    return {
      id: Number(id),
      type,
      pos: [order * 300, 0],
      size: [280, 120],
      flags: {},
      order,
      mode: 0,
      inputs: slots,
      outputs: info.output.map((output, slot) => ({
        name: output,
        type: output,
        links: [],
        slot_index: slot,
      })),
      properties: { 'Node name for S&R': type },
      widgets_values: savedByName.test(type)
        ? Object.fromEntries(Object.entries(inputs).filter(([, value]) => !Array.isArray(value)))
        : values,
    };
  });
  return {
    last_node_id: Math.max(...nodes.map(({ id }) => id)),
    last_link_id: links.length,
    nodes,
    links,
    groups: [],
    config: {},
    extra: {},
    version: 0.4,
  };
}
