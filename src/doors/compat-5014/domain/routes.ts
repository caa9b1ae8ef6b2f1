/** The routes of the original, with the methods that each takes. */
const routes: readonly (readonly [path: RegExp, ...methods: string[]])[] = [
  [/^\/$/, 'GET'],
  [/^\/health$/, 'GET'],
  [/^\/api\/upload_and_generate$/, 'POST'],
  [/^\/api\/upload_and_generate_sync$/, 'POST'],
  [/^\/api\/generate$/, 'POST'],
  [/^\/api\/enhance_prompt$/, 'POST'],
  [/^\/api\/status\/[^/]+$/, 'GET'],
  [/^\/cfui\/view$/, 'GET', 'HEAD'],
  [/^\/docs$/, 'GET', 'HEAD'],
  [/^\/openapi\.json$/, 'GET', 'HEAD'],
];

/** Undefined for a path that is none of them. */
export function allowedMethods(path: string): readonly string[] | undefined {
  const route = routes.find(([pattern]) => pattern.test(path));
  return route?.slice(1).map(String);
}
