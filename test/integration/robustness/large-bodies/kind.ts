export interface Kind {
  what: string;
  door: 'own' | 'native';
  path: string;
  /** POST unless told. */
  method?: 'PUT' | 'PATCH';
  type?: string;
  body: () => Buffer;
  /** What may be answered: a job, or a refusal that says what is too much. */
  statuses: number[];
}
