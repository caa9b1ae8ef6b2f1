import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  forgetAfterLeavingMs,
  type RegisteredNode,
  registryChanges,
  type RegistryChanges,
} from './registry-changes.js';
import { distinct, type SightedNode, type Sighting, sightingOf } from './sighting.js';

const registered = (id: string, known: Partial<RegisteredNode> = {}): RegisteredNode => ({
  id,
  url: `http://${id}`,
  source: 'file',
  weight: 1,
  labels: {},
  leavingForMs: null,
  incarnation: null,
  ...known,
});
const sighted = (id: string, told: Partial<SightedNode> = {}): SightedNode => ({
  id,
  url: `http://${id}`,
  leaving: false,
  incarnation: null,
  ...told,
});
const none: RegistryChanges = { forget: [], leave: [], put: [], refused: [], pending: [] };

const changesOf = (
  nodes: RegisteredNode[],
  sighting: SightedNode[] | Sighting,
  busy: string[] = [],
): RegistryChanges =>
  registryChanges(
    'file',
    { nodes, busy: new Set(busy) },
    Array.isArray(sighting) ? sightingOf(sighting) : sighting,
  );

describe('what a source names', () => {
  it('is registered, changed when it differs, and left alone when it does not', () => {
    const settings = { weight: 2, labels: { gpu: '5090' } };
    expect(changesOf([], [sighted('a')])).toEqual({ ...none, put: [sighted('a')] });
    expect(changesOf([registered('a')], [sighted('a')])).toEqual(none);
    for (const told of [
      { url: 'http://elsewhere' },
      { leaving: true },
      { incarnation: 'pod/1' },
      { settings },
    ]) {
      const node = sighted('a', told);
      expect(changesOf([registered('a')], [node])).toEqual({ ...none, put: [node] });
    }
    expect(changesOf([registered('a', settings)], [sighted('a', { settings })])).toEqual(none);
  });

  it('leaves weight and labels to the operator when it says nothing of them', () => {
    expect(changesOf([registered('a', { weight: 3, labels: { rack: 'b' } })], [sighted('a')])).toEqual(none);
  });

  it('takes neither name nor address of what another source registered', () => {
    const nodes = [registered('a', { source: 'api' }), registered('b', { source: 'env', url: 'http://c' })];
    expect(changesOf(nodes, [sighted('a', { url: 'http://x' }), sighted('c')])).toEqual({
      ...none,
      refused: ['a', 'c'],
    });
  });

  it('may come back before it is forgotten', () => {
    expect(changesOf([registered('a', { leavingForMs: 5 })], [sighted('a')])).toEqual({
      ...none,
      put: [sighted('a')],
    });
  });
});

describe('what a source no longer names', () => {
  it('leaves, and is forgotten when its work is done and everybody has seen it leave', () => {
    expect(changesOf([registered('a')], [])).toEqual({ ...none, leave: ['a'], pending: ['a'] });
    const left = [registered('a', { leavingForMs: forgetAfterLeavingMs })];
    expect(changesOf(left, [], ['a'])).toEqual({ ...none, pending: ['a'] });
    expect(changesOf(left, [])).toEqual({ ...none, forget: ['a'] });
    const early = [registered('a', { leavingForMs: forgetAfterLeavingMs - 1 })];
    expect(changesOf(early, [])).toEqual({ ...none, pending: ['a'] });
  });

  it('is forgotten at once, work or not, when its process is certainly gone', () => {
    const sighting = { nodes: [], isGone: (incarnation: string) => incarnation === 'pod-1/0' };
    const nodes = [
      registered('a', { incarnation: 'pod-1/0' }),
      registered('b', { incarnation: 'pod-2/0' }),
      registered('c'),
    ];
    expect(changesOf(nodes, sighting, ['a', 'b', 'c'])).toEqual({
      ...none,
      forget: ['a'],
      leave: ['b', 'c'],
      pending: ['b', 'c'],
    });
  });
});

describe('a successor', () => {
  it('gets the name of a node that is gone only when no attempt is open under it', () => {
    const nodes = [registered('gpu-0', { incarnation: 'old/0' })];
    const successor = sighted('gpu-0', { url: 'http://new', incarnation: 'new/0' });
    const sighting = { nodes: [successor], isGone: (incarnation: string) => incarnation === 'old/0' };
    expect(changesOf(nodes, sighting, ['gpu-0'])).toEqual({ ...none, forget: ['gpu-0'], pending: ['gpu-0'] });
    expect(changesOf([], sighting, ['gpu-0'])).toEqual({ ...none, pending: ['gpu-0'] });
    expect(changesOf([], sighting)).toEqual({ ...none, put: [successor] });
  });

  it('gets the address of a node when that is forgotten', () => {
    const renamed = sighted('new', { url: 'http://old' });
    expect(changesOf([registered('old')], [renamed])).toEqual({
      ...none,
      leave: ['old'],
      pending: ['new', 'old'],
    });
    expect(changesOf([registered('old', { leavingForMs: forgetAfterLeavingMs })], [renamed])).toEqual({
      ...none,
      forget: ['old'],
      put: [renamed],
    });
  });

  it('may change places with another at once', () => {
    const swapped = [sighted('a', { url: 'http://b' }), sighted('b', { url: 'http://a' })];
    expect(changesOf([registered('a'), registered('b')], swapped)).toEqual({ ...none, put: swapped });
  });

  it('keeps its old address from the next while it waits for its new one', () => {
    const nodes = [registered('a'), registered('b'), registered('c')];
    const moved = [sighted('a', { url: 'http://b' }), sighted('b', { url: 'http://c' })];
    expect(changesOf(nodes, moved)).toEqual({ ...none, leave: ['c'], pending: ['b', 'a', 'c'] });
  });
});

describe('whatever the registry and the source say', () => {
  const id = fc.constantFrom<string>('a', 'b', 'c', 'd');
  const url = id.map((name) => `http://${name}`);
  const incarnation = fc.constantFrom(null, 'gone/0', 'here/0', 'here/1');
  const known = fc.record({
    id,
    url,
    source: fc.constantFrom('file', 'api'),
    weight: fc.constantFrom(1, 2),
    labels: fc.constant({}),
    leavingForMs: fc.constantFrom(null, 0, forgetAfterLeavingMs),
    incarnation,
  });
  const told = fc.record({
    id,
    url,
    leaving: fc.boolean(),
    incarnation: fc.constantFrom(null, 'here/0', 'here/1'),
    settings: fc.constantFrom(undefined, { weight: 2, labels: {} }),
  });
  const unlike = (nodes: RegisteredNode[]): RegisteredNode[] =>
    nodes.filter(
      (node, at) => !nodes.slice(0, at).some((other) => other.id === node.id || other.url === node.url),
    );
  const sightingFrom = (nodes: SightedNode[]): Sighting => ({
    nodes: distinct(nodes),
    isGone: (which) => which.startsWith('gone'),
  });
  const scene = fc.tuple(
    fc.array(known, { maxLength: 6 }).map(unlike),
    fc.array(told, { maxLength: 6 }).map((nodes) => sightingFrom(nodes as SightedNode[])),
    fc.array(id),
  );

  /** The registry after the changes, `laterMs` later. */
  function after(nodes: RegisteredNode[], changes: RegistryChanges, laterMs: number): RegisteredNode[] {
    const put = new Map(changes.put.map((node) => [node.id, node]));
    const kept = nodes.filter((node) => !changes.forget.includes(node.id) && !put.has(node.id));
    return [
      ...kept.map((node) => {
        const leavingForMs = changes.leave.includes(node.id) ? 0 : node.leavingForMs;
        return { ...node, leavingForMs: leavingForMs === null ? null : leavingForMs + laterMs };
      }),
      ...[...put.values()].map((node) => {
        const { weight, labels } = node.settings ?? nodes.find((one) => one.id === node.id) ?? registered('');
        return registered(node.id, {
          url: node.url,
          incarnation: node.incarnation,
          leavingForMs: node.leaving ? laterMs : null,
          weight,
          labels,
        });
      }),
    ];
  }

  it('names and addresses stay unique, and nodes of others are as they were', () => {
    fc.assert(
      fc.property(scene, ([nodes, sighting, busy]) => {
        const next = after(nodes, changesOf(nodes, sighting, busy), 0);
        expect(new Set(next.map((node) => node.id)).size).toBe(next.length);
        expect(new Set(next.map((node) => node.url)).size).toBe(next.length);
        expect(next.filter(({ source }) => source === 'api')).toEqual(
          nodes
            .filter(({ source }) => source === 'api')
            .map((node) => expect.objectContaining({ id: node.id, url: node.url })),
        );
      }),
    );
  });

  it('no node with open work goes, but one that is certainly gone', () => {
    fc.assert(
      fc.property(scene, ([nodes, sighting, busy]) => {
        const { forget } = changesOf(nodes, sighting, busy);
        for (const gone of nodes.filter((node) => forget.includes(node.id) && busy.includes(node.id)))
          expect(gone.incarnation).toMatch(/^gone/);
      }),
    );
  });

  it('once work is done the registry says what the source says, and then nothing changes', () => {
    fc.assert(
      fc.property(scene, ([nodes, sighting]) => {
        let registry = nodes;
        for (let turn = 0; turn < 10; turn += 1)
          registry = after(registry, changesOf(registry, sighting), forgetAfterLeavingMs);
        const { refused, ...rest } = changesOf(registry, sighting);
        expect({ ...rest, refused: [] }).toEqual(none);
        expect(
          registry
            .filter(({ source }) => source === 'file')
            .map((node) => node.id)
            .toSorted(),
        ).toEqual(
          sighting.nodes
            .map((node) => node.id)
            .filter((one) => !refused.includes(one))
            .toSorted(),
        );
      }),
    );
  });
});
