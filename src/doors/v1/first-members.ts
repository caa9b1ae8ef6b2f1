/** Those of an object that are looked at: its mistakes are seen in them, however many others there are. */
export const firstMembers = (
  object: Readonly<Record<string, unknown>>,
  most: number,
): Record<string, unknown> => Object.fromEntries(Object.entries(object).slice(0, most));
