export interface ServerSentEvent<Data> {
  event: string;
  data: Data;
}

/** All events until the server ends the stream; comments are left out. */
export async function readEvents<Data>(response: Response): Promise<ServerSentEvent<Data>[]> {
  const frames = (await response.text()).split('\n\n').filter((frame) => frame.startsWith('event: '));
  return frames.map((frame) => ({
    event: /^event: (.*)$/m.exec(frame)?.[1] ?? '',
    data: JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? 'null') as Data,
  }));
}
