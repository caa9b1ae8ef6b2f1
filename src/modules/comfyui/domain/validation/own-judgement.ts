/**
 * Inputs that a class of ComfyUI judges itself: it takes any value, whatever the list of its choices says, and no schema tells. Their lists
 * are written by the editor, or are those of one machine that another does without.
 */
const judged: ReadonlyMap<string, string> = new Map([
  ['CustomCombo', 'choice'],
  ['ModelAttentionBackend', 'attention'],
  ['SelectCLIPDevice', 'device'],
  ['SelectModelDevice', 'device'],
  ['SelectVAEDevice', 'device'],
]);

export const takesAnyChoice = (nodeClass: string, input: string): boolean => judged.get(nodeClass) === input;
