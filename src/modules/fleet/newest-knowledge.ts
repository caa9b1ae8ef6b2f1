import type { ObjectInfoService } from './object-info.service.js';

/** Nothing is refused on old knowledge: what is not fine is judged anew once what the nodes have told meanwhile is taken in. */
export async function onNewest<Judged>(
  info: Pick<ObjectInfoService, 'version' | 'catchUp'>,
  judge: () => Promise<Judged>,
  isFine: (judged: Judged) => boolean,
): Promise<Judged> {
  const { version } = info;
  const judged = await judge();
  if (isFine(judged)) return judged;
  await info.catchUp();
  return info.version === version ? judged : judge();
}
