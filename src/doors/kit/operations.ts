/** The operations of an API document, in its order. */
const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const;

export interface PlacedOperation<Operation> {
  path: string;
  method: (typeof methods)[number];
  operation: Operation;
}

export const operationsOf = <Operation>(paths: object): PlacedOperation<Operation>[] =>
  Object.entries(paths as Record<string, Partial<Record<string, Operation>>>).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ path, method, operation }] : [];
    }),
  );
