/** Gauges of every registered node, as this replica sees it. */
import { Inject, Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { type NodeMonitor, NodesService } from '../../modules/nodes/index.js';

const states = ['unknown', 'probing', 'ready', 'suspect', 'incompatible', 'down'] as const;
const breakerStates = ['closed', 'half_open', 'open'] as const;
const flags = ['slow', 'ws_stalled', 'zombie', 'sick_gpu'] as const;
/** Nodes name their hardware and version themselves. */
const told = (text: string | undefined): string => (text ?? 'unknown').slice(0, 64);

@Injectable()
export class NodeMetrics {
  constructor(
    @Inject(Registry) private readonly registry: Registry,
    @Inject(NodesService) private readonly nodes: NodesService,
  ) {
    this.oneOf('state', states, 'state', '1 for the state a node is in.', ({ health }) => [
      health.state.name,
    ]);
    this.oneOf('breaker', breakerStates, 'state', '1 for the state its breaker is in.', ({ breaker }) => [
      breaker.state,
    ]);
    this.oneOf(
      'flag',
      flags,
      'flag',
      '1 for what is wrong with a node that answers: `zombie` never ends a run, `sick_gpu` fails every one, `slow` answers late, `ws_stalled` sends no events.',
      ({ health }) => health.flags,
    );
    this.value('accepts_work', '1 when new work may be placed on the node.', ({ mayReceive }) =>
      mayReceive ? 1 : 0,
    );
    this.value('jobs', 'Attempts that are open on the node.', ({ openAttempts }) => openAttempts);
    this.unheeded();
    this.memory();
    this.info();
  }

  private unheeded(): void {
    const { nodes } = this;
    const gauge = new Gauge({
      name: 'comfymux_breakers_unheeded',
      help: "1 while more breakers are open than the cluster can spare, so that none keeps work away: the fault is probably not the nodes'.",
      registers: [],
      collect() {
        this.set(nodes.heedsBreakers ? 0 : 1);
      },
    });
    this.registry.registerMetric(gauge);
  }

  private memory(): void {
    const source = 'as the node told at its last look';
    this.value('vram_total_bytes', `Memory of its GPU, ${source}.`, ({ memory }) => memory?.vramTotalBytes);
    this.value(
      'vram_free_bytes',
      'What of it is free. Models that stay loaded keep it low while the node is idle.',
      ({ memory }) => memory?.vramFreeBytes,
    );
    this.value(
      'ram_total_bytes',
      `Main memory of its machine, ${source}.`,
      ({ memory }) => memory?.ramTotalBytes,
    );
    this.value('ram_free_bytes', 'What of it is free.', ({ memory }) => memory?.ramFreeBytes);
  }

  private value(name: string, help: string, read: (monitor: NodeMonitor) => number | undefined): void {
    const { nodes } = this;
    const gauge = new Gauge({
      name: `comfymux_node_${name}`,
      help,
      labelNames: ['node'],
      registers: [],
      collect() {
        this.reset();
        for (const monitor of nodes.all()) {
          const value = read(monitor);
          if (value !== undefined) this.set({ node: monitor.settings.id }, value);
        }
      },
    });
    this.registry.registerMetric(gauge);
  }

  private oneOf(
    name: string,
    values: readonly string[],
    label: 'state' | 'flag',
    help: string,
    read: (monitor: NodeMonitor) => readonly string[],
  ): void {
    const { nodes } = this;
    const gauge = new Gauge({
      name: `comfymux_node_${name}`,
      help,
      labelNames: ['node', label],
      registers: [],
      collect() {
        this.reset();
        for (const monitor of nodes.all()) {
          const current = read(monitor);
          for (const value of values)
            this.set({ node: monitor.settings.id, [label]: value }, current.includes(value) ? 1 : 0);
        }
      },
    });
    this.registry.registerMetric(gauge);
  }

  private info(): void {
    const { nodes } = this;
    const gauge = new Gauge({
      name: 'comfymux_node_info',
      help: 'Always 1: GPU and ComfyUI version of a node, to join with.',
      labelNames: ['node', 'gpu', 'version'],
      registers: [],
      collect() {
        this.reset();
        for (const { settings, facts } of nodes.all())
          this.set(
            {
              node: settings.id,
              gpu: told(facts?.probe.gpus[0]?.name),
              version: told(facts?.probe.capabilities.version),
            },
            1,
          );
      },
    });
    this.registry.registerMetric(gauge);
  }
}
