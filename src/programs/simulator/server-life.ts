import { runWorker } from './execution/worker.js';
import { ResultCache } from './execution/result-cache.js';
import type { Life, ServerContext } from './execution/server-context.js';
import { frontendRoutes } from './http/routes/frontend-routes.js';
import { historyRoutes } from './http/history-routes.js';
import { SimulatedHttp } from './http/http-server.js';
import { jobRoutes } from './http/routes/job-routes.js';
import { Listener } from './http/listener.js';
import { modelRoutes } from './http/routes/model-routes.js';
import { promptRoutes } from './http/routes/prompt-routes.js';
import { queueRoutes } from './http/routes/queue-routes.js';
import { Router } from './http/router.js';
import { serverFeatures, systemRoutes } from './http/routes/system-routes.js';
import { uploadRoutes } from './http/routes/upload-routes.js';
import { viewRoutes } from './http/routes/view-routes.js';
import type { ModelFiles } from './nodes/model-files.js';
import { EventHub } from './state/event-hub.js';
import { History } from './state/history.js';
import { PromptQueue } from './state/prompt-queue.js';
import { Vram } from './state/vram.js';

/** What outlives a restart, as the server sees it. */
export type Surroundings = Omit<ServerContext, 'life'>;

/** One run of the simulated server process: its memory, its worker thread, its port. Ends once and for all. */
export class ServerLife {
  readonly context: ServerContext;
  private readonly controller = new AbortController();
  private readonly http: SimulatedHttp;
  private readonly listener: Listener;
  private worker: Promise<void> = Promise.resolve();

  constructor(surroundings: Surroundings, number: number, models: () => ModelFiles, control: Router) {
    this.context = { ...surroundings, life: createLife(surroundings, number, this.controller.signal) };
    const { context } = this;
    const routes = [
      promptRoutes,
      queueRoutes,
      historyRoutes,
      jobRoutes,
      systemRoutes,
      uploadRoutes,
      viewRoutes,
    ].flatMap((of) => of(context));
    this.http = new SimulatedHttp(
      context,
      new Router([...routes, ...modelRoutes(context, models), ...frontendRoutes()]),
      control,
    );
    this.listener = new Listener(this.http.server);
  }

  /** Opens the port and starts the worker thread. Returns the port. */
  async start(port: number): Promise<number> {
    this.context.folders.wipeTemp();
    const actual = await this.listener.listen(port, this.context.settings.host);
    this.worker = runWorker(this.context);
    return actual;
  }

  /** All memory and connections are gone when this returns; the promise waits for the last file to be written. */
  async end(): Promise<void> {
    if (!this.controller.signal.aborted) {
      this.controller.abort();
      this.context.life.queue.close();
      this.http.dropWebSockets();
      this.listener.close();
      this.context.record.endLife(this.context.life.number);
    }
    await this.worker;
  }

  get hasEnded(): boolean {
    return this.controller.signal.aborted;
  }

  dropSockets(scope: 'ws' | 'all'): void {
    if (scope === 'ws') this.http.dropWebSockets();
    else this.listener.dropSockets();
  }

  stopAccepting(): void {
    this.listener.refuse();
  }

  async acceptAgain(port: number): Promise<void> {
    if (this.hasEnded) return;
    await this.listener.listen(port, this.context.settings.host);
    if (this.hasEnded) this.listener.close();
  }
}

function createLife({ settings, features }: Surroundings, number: number, ended: AbortSignal): Life {
  const status = () => ({ exec_info: { queue_remaining: queue.remaining } });
  const queue: PromptQueue = new PromptQueue(() => hub.send('status', { status: status() }, null));
  const hub: EventHub = new EventHub({
    status,
    features: () => serverFeatures({ features, settings }),
    runningNode: (clientId) =>
      queue.running?.extraData.get('client_id') === clientId ? life.runningNode : undefined,
  });
  const life: Life = {
    number,
    ended,
    queue,
    hub,
    history: new History(),
    cache: new ResultCache(settings.cache ?? (features.has('ramCache') ? 'ram' : 'classic')),
    vram: new Vram(settings.vram),
    interrupt: false,
    cudaBroken: false,
    counter: 0,
    runningNode: undefined,
    freeAfterPrompt: { models: false, results: false },
  };
  return life;
}
