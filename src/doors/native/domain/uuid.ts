const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** In lower case with hyphens, as ComfyUI wants prompt ids. */
export const isUuid = (value: unknown): value is string => typeof value === 'string' && canonical.test(value);
