/** Checks where a caller wants results brought, before there are any. */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../../platform/config/index.js';
import { Fault } from '../../../../platform/fault.js';
import { refusalOfTarget } from '../../../../platform/outgoing/index.js';
import { Buckets } from '../../../../platform/storage/index.js';
import type { DeliverWish } from '../../record/submit/new-job.js';

@Injectable()
export class DeliverIntake {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Buckets) private readonly buckets: Buckets,
  ) {}

  /** Fault unprocessable. */
  take(wish: DeliverWish | undefined): DeliverWish | undefined {
    if (wish?.to !== undefined) this.checkBucket(wish.to);
    for (const [index, url] of (wish?.https_put ?? []).entries()) this.checkUrl(url, index);
    return wish;
  }

  private checkBucket(to: string): void {
    try {
      this.buckets.placeOf(`${to.replace(/\/$/, '')}/a-file`);
    } catch (error) {
      throw refused('/deliver/to', error instanceof Fault ? error.message : 'is no place');
    }
  }

  private checkUrl(url: string, index: number): void {
    const refusal = refusalOfTarget(url, {
      only: this.config.DELIVER_HOSTS,
      onlySetting: 'DELIVER_HOSTS',
      open: this.config.OUTGOING_HOSTS,
    });
    if (refusal !== null) throw refused(`/deliver/https_put/${index}`, refusal);
  }
}

const refused = (pointer: string, detail: string): Fault =>
  new Fault('unprocessable', 'The request does not fit its schema.', [{ pointer, detail }]);
