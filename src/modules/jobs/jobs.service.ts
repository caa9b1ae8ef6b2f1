/**
 * Takes jobs in, answers for them, cancels them. What `submit…` has answered exists: the answer comes after the commit.
 */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { Notifications } from '../../platform/database/index.js';
import { Fault } from '../../platform/fault.js';
import { faults } from '../../platform/crash-points/index.js';
import { inTurns } from '../../platform/turns/index.js';
import { LastCall } from '../../platform/lifecycle/index.js';
import { NodesService } from '../nodes/index.js';
import {
  checkSubmit,
  currentPrincipal,
  currentTenant,
  defaultTenantId,
  TenantsService,
} from '../access/index.js';
import { textOfWorkflow, WorkflowLibrary, type WorkflowDefinition, workUnitsOf } from '../workflows/index.js';
import {
  type Graph,
  samplingWork,
  sanitiseExtraDataSteps,
  sanitiseSteps,
  stringifyJson,
  stringifySteps,
} from '../comfyui/index.js';
import { creditOf } from '../scheduling/index.js';
import { withoutFiles } from './domain/input-files.js';
import type { JobState } from './domain/states.js';
import { filledOf } from './intake/filled-workflow.js';
import { InputFiles } from './intake/input-files.js';
import { JobClasses } from './intake/job-classes.js';
import { watchJob } from './following/job-watch.js';
import { JobTraces } from './following/job-traces.js';
import { JobEvents } from './following/jobs.events.js';
import { type AttemptView, type JobFilter, JobsStore } from './record/reading/jobs.store.js';
import type { AssetInput, IdempotencyKey, NewJob, NewPrompt, NewWebhook } from './record/submit/new-job.js';
import { SubmitStore } from './record/submit/submit.store.js';
import type { JobOutput, JobView } from './record/reading/jobs.view.js';
import { refuseUnstorable } from './intake/storable-labels.js';
import { QueueBounds } from './intake/queue-bounds.js';
import { profileOf, RunEstimates } from './intake/run-estimates.js';

/** Wakes the scheduler on every replica. */
export const schedulerChannel = 'comfymux_sched';
/** Tells a replica, named in the payload, that one of its attempts has new orders. */
export const ordersChannel = 'comfymux_orders';

interface Submission {
  door: string;
  tenantId?: string | undefined;
  /** 0 is ordinary; see `creditOf`. */
  priority?: number | undefined;
  deadline?: Date | undefined;
  labels?: Record<string, string> | undefined;
  /** A repetition within a day is answered with the job of the first request; with another body it is a conflict. */
  idempotency?: IdempotencyKey | undefined;
  webhook?: NewWebhook | undefined;
}

export interface WorkflowSubmission extends Submission {
  /** A name, `name@channel` or `name@version`. */
  workflow: string;
  /** By the names of the manifest; a file in any of the forms of `MediaInput`. */
  inputs: Record<string, unknown>;
}

export interface GraphSubmission extends Submission {
  /** As parsed from the caller's JSON without loss of digits. */
  graph: unknown;
  extraData?: Record<string, unknown> | undefined;
  /** The caller's own id for the job, a UUID in lower case. */
  id?: string | undefined;
  prompt?: NewPrompt | undefined;
  /** Stored files by their places in the graph, whatever the class of the node there. */
  files?: readonly AssetInput[] | undefined;
  /** The stored file that an upload input names. Default: the newest upload of that name. */
  fileOf?:
    | ((value: string, input: { nodeClass: string; field: string }) => Promise<{ sha256: string } | null>)
    | undefined;
}

/** What is to be run. */
interface Work {
  graph: Graph;
  definition: WorkflowDefinition | null;
  /** Size of the run in the profile's units. */
  workUnits: number;
}

interface Accepted {
  jobId: string;
  /** Counts the prompts; null for what is none, and for a repetition. */
  ticket: number | null;
}

@Injectable()
export class JobsService implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly templates = new Set<string>();

  constructor(
    @Inject(JobsStore) private readonly store: JobsStore,
    @Inject(SubmitStore) private readonly intake: SubmitStore,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(JobClasses) private readonly classes: JobClasses,
    @Inject(QueueBounds) private readonly bounds: QueueBounds,
    @Inject(TenantsService) private readonly tenants: TenantsService,
    @Inject(RunEstimates) private readonly estimates: RunEstimates,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(WorkflowLibrary) private readonly library: WorkflowLibrary,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(InputFiles) private readonly files: InputFiles,
    @Inject(LastCall) private readonly lastCall: LastCall,
    @Inject(JobTraces) private readonly traces: JobTraces,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Ends every show of a job as it goes, so that a stop need not wait for the longest of them. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /** Faults: not_found (workflow), unprocessable (inputs), queue_full, conflict (idempotency key). */
  async submitWorkflow(submission: WorkflowSubmission): Promise<{ jobId: string }> {
    const before = await this.submittedBefore(submission);
    if (before) return before;
    const definition = await this.library.resolve(submission.workflow);
    if (!definition) throw new Fault('not_found', `there is no workflow "${submission.workflow}"`);
    const filled = filledOf(
      definition,
      await this.files.inWorkflow(definition, submission.inputs, (inputs) => filledOf(definition, inputs)),
    );
    const templateHash = await this.rememberTemplate(definition);
    const assets = filled.imageInputs.map(({ node, field, assetRef }) => ({ node, field, sha256: assetRef }));
    const { manifest } = definition;
    const workUnits =
      manifest.workUnits.length > 0 ? workUnitsOf(manifest, filled.params) : samplingWork(filled.graph);
    return this.accept(
      submission,
      { graph: filled.graph, definition, workUnits },
      {
        templateHash,
        params: stringifyJson(filled.params),
        graph: null,
        assets,
        extraData: null,
      },
    );
  }

  /** Faults: invalid_graph with one entry per fault, queue_full, conflict (idempotency key, or id taken). */
  async submitGraph(submission: GraphSubmission): Promise<Accepted> {
    const before = await this.submittedBefore(submission);
    if (before) return before;
    const checked = await inTurns(
      sanitiseSteps(submission.graph, { outputClasses: (cls) => this.nodes.isOutputClass(cls) }),
    );
    if (!checked.ok) throw new Fault('invalid_graph', 'the graph cannot be run', checked.faults);
    const extra = await inTurns(sanitiseExtraDataSteps(submission.extraData));
    if (!extra.ok) throw new Fault('invalid_graph', extra.message);
    const files = (submission.files ?? []).filter(({ node }) => Object.hasOwn(checked.graph, node));
    const unknown = this.nodes.classesNobodyKnows(
      Object.values(checked.graph).map((node) => node.class_type),
    );
    if (unknown.length > 0)
      throw new Fault('invalid_graph', `no node has the node class ${unknown.join(', ')}`, {
        missingClasses: unknown,
      });
    return this.accept(
      submission,
      { graph: withoutFiles(checked.graph, files), definition: null, workUnits: samplingWork(checked.graph) },
      {
        templateHash: null,
        params: null,
        graph: checked.text,
        assets: [
          ...files,
          ...(await this.uploadsNamed(withoutFiles(checked.graph, files), submission.fileOf)),
        ],
        extraData: submission.extraData === undefined ? null : await inTurns(stringifySteps(extra.extraData)),
      },
    );
  }

  async get(jobId: string): Promise<JobView | null> {
    const view = isUuid(jobId) ? await this.store.find(jobId) : null;
    return view && this.withLiveProgress(view);
  }

  async list(filter: JobFilter): Promise<JobView[]> {
    return (await this.store.list(filter)).map((view) => this.withLiveProgress(view));
  }

  async attempts({ id, attempts }: JobView): Promise<AttemptView[]> {
    return attempts === 0 ? [] : this.store.attemptsOf(id);
  }

  async isArchived(jobId: string): Promise<boolean> {
    return this.store.isArchived(jobId);
  }

  /** Of the given job, or the newest of that name among the jobs of one door: nobody finds another door's by guessing names. */
  async findOutput(file: {
    filename: string;
    subfolder: string;
    type: string;
    of: { jobId: string } | { door: string };
  }): Promise<JobOutput | null> {
    if ('jobId' in file.of && !isUuid(file.of.jobId)) return null;
    return this.store.findOutput(file);
  }

  /** Null for an unknown id. A job that has ended stays as it is; an active one ends when its node has stopped. */
  async cancel(jobId: string): Promise<JobState | null> {
    const result = isUuid(jobId) ? await this.store.requestCancel(jobId) : null;
    if (!result) return null;
    faults.hit('job.cancel.after_commit');
    if (result.changed && result.owner) await this.notifications.notify(ordersChannel, result.owner);
    if (result.changed && result.state === 'cancelled') this.traces.left([jobId]);
    if (result.changed)
      await this.events.publish({ type: 'state', jobId, state: result.state, started: false, nodeId: null });
    return result.state;
  }

  /** The job in its terminal state, or null when it did not end in time (or is unknown). Fault shutting_down when this replica stops first. */
  async waitForEnd(
    jobId: string,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<JobView | null> {
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const signals = [timeout, this.lastCall.signal, ...(options.signal ? [options.signal] : [])];
    for await (const view of this.follow(jobId, AbortSignal.any(signals))) if (view.finishedAt) return view;
    if (this.lastCall.signal.aborted)
      throw new Fault('shutting_down', 'the service is being stopped; the job goes on', undefined, {
        retryAfterSeconds: 5,
      });
    return null;
  }

  watch(jobId: string, signal: AbortSignal): AsyncGenerator<JobView> {
    return this.follow(jobId, AbortSignal.any([signal, this.stopping.signal]));
  }

  private readonly follow = (jobId: string, signal: AbortSignal): AsyncGenerator<JobView> =>
    watchJob(jobId, (id) => this.get(id), this.events, { signal });

  private async accept(
    submission: Submission & Pick<GraphSubmission, 'id' | 'prompt'>,
    work: Work,
    input: NewJob['input'],
  ): Promise<Accepted> {
    refuseUnstorable(submission.labels);
    const tenantId = this.tenantOf(submission);
    const { graph, definition, workUnits } = work;
    checkSubmit({ workflow: definition?.name ?? null, jumps: jumps(submission) });
    const requirements = await this.nodes.needsOf(graph, definition?.manifest.requirements);
    const profile = profileOf(requirements, definition);
    const id = submission.id ?? uuidv7();
    const workflow = definition?.name ?? null;
    const classId = await this.classes.idOf(requirements, definition);
    const runLimitMs = definition?.manifest.limits?.maxRunMs ?? null;
    const job: NewJob = {
      id,
      tenantId,
      classId,
      runLimitMs,
      door: submission.door,
      principalId: currentPrincipal()?.id ?? null,
      workflow,
      priority: submission.priority ?? 0,
      creditS: creditOf(submission.priority ?? 0, this.config.SCHEDULING_CREDITS_S),
      estimateMs: this.estimates.meanMs(profile, workUnits, runLimitMs),
      workUnits,
      deadline: submission.deadline ?? null,
      labels: submission.labels ?? null,
      traceparent: this.traces.current(),
      idempotency: submission.idempotency ?? null,
      prompt: submission.prompt ?? null,
      webhook: submission.webhook ?? null,
      input,
    };
    faults.hit('job.submit.before_commit');
    const inserted = await this.bounds.within(tenantId, async () => this.intake.insert(job));
    if (inserted === 'duplicate') throw new Fault('conflict', `there is a job with the id ${id} already`);
    if (inserted === 'classless') {
      this.classes.missed(classId);
      return this.accept(submission, work, input);
    }
    // The same request came twice at once; a key that ran out since then is free again.
    if (inserted === 'repeated')
      return (await this.submittedBefore(submission)) ?? this.accept(submission, work, input);
    if ('quarantined' in inserted)
      throw new Fault('unprocessable', `jobs of this kind are quarantined: ${inserted.quarantined}`);
    faults.hit('job.submit.after_commit');
    this.notifications.notifyCoalesced(schedulerChannel);
    return { jobId: id, ticket: inserted.ticket };
  }

  private async submittedBefore(submission: Submission): Promise<Accepted | null> {
    if (!submission.idempotency) return null;
    const { key, requestHash } = submission.idempotency;
    const before = await this.intake.findByKey(this.tenantOf(submission), key);
    if (before && before.requestHash !== requestHash)
      throw new Fault('conflict', 'this idempotency key was used for a request with another body', {
        jobId: before.jobId,
      });
    return before && { jobId: before.jobId, ticket: null };
  }

  /** Files that a graph names and somebody uploaded here; what nobody did must be in the node's own input folder. */
  private async uploadsNamed(
    graph: Graph,
    fileOf: NonNullable<GraphSubmission['fileOf']> = async (value) => this.files.upload(value),
  ): Promise<AssetInput[]> {
    const found = [];
    for (const { nodeId, field, value } of (await this.nodes.needsOf(graph)).images) {
      const asset = await fileOf(value, { nodeClass: graph[nodeId]?.class_type ?? '', field });
      if (asset) found.push({ node: nodeId, field, sha256: asset.sha256 });
    }
    return found;
  }

  private async rememberTemplate(definition: WorkflowDefinition): Promise<string> {
    const { text, hash } = textOfWorkflow(definition);
    if (!this.templates.has(hash)) await this.intake.ensureTemplate(hash, definition.manifest.name, text);
    this.templates.add(hash);
    return hash;
  }

  private tenantOf(submission: Submission): string {
    const tenantId = currentTenant(submission.tenantId);
    if (tenantId === defaultTenantId || this.tenants.find(tenantId)) return tenantId;
    throw new Fault('unprocessable', `there is no tenant "${tenantId}"`);
  }

  private withLiveProgress(view: JobView): JobView {
    const progress = view.started ? this.events.progressOf(view.id) : undefined;
    return progress === undefined ? view : { ...view, progress: Math.max(progress, view.progress ?? 0) };
  }
}

/** It asks for a place before others. */
const jumps = ({ priority = 0, prompt }: Submission & Pick<GraphSubmission, 'prompt'>): boolean =>
  priority > 0 || (prompt !== undefined && (prompt.front || prompt.number !== null));
