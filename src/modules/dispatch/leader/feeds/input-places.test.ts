import { describe, expect, it } from 'vitest';
import { InputPlaces } from './input-places.js';

describe('the places of inputs', () => {
  it('are the nodes that have all files of a job', () => {
    const places = new InputPlaces();
    places.note('one', ['a', 'b']);
    places.note('two', ['b']);
    expect(places.nodesWith(['b'])).toEqual(['one', 'two']);
    expect(places.nodesWith(['a', 'b'])).toEqual(['one']);
    expect(places.nodesWith(['a', 'c'])).toEqual([]);
    expect(places.nodesWith([])).toEqual([]);
  });

  it('are forgotten with the node', () => {
    const places = new InputPlaces();
    places.note('one', ['a']);
    places.note('two', ['a']);
    places.forgetNode('one');
    expect(places.nodesWith(['a'])).toEqual(['two']);
  });

  it('are bounded: the file used longest ago goes first', () => {
    const places = new InputPlaces();
    places.note('one', ['first', 'kept']);
    places.note(
      'one',
      Array.from({ length: 19_998 }, (_, at) => `file-${at}`),
    );
    places.note('one', ['kept']);
    places.note('one', ['last']);
    expect(places.nodesWith(['first'])).toEqual([]);
    expect(places.nodesWith(['kept', 'last'])).toEqual(['one']);
  });
});
