import { Bitset } from './bitset.js';

interface Numbered {
  index: number;
}

/** A set in order of addition, for what is emptied with every decision: a `Set` makes itself a new table each time. */
export class NumberedSet<Member extends Numbered> {
  size = 0;
  private readonly members: (Member | undefined)[] = [];
  private readonly present = new Bitset();

  has(member: Member): boolean {
    return this.present.has(member.index);
  }

  add(member: Member): void {
    if (this.present.has(member.index)) return;
    this.present.add(member.index);
    this.members[this.size] = member;
    this.size += 1;
  }

  at(position: number): Member {
    return this.members[position]!;
  }

  delete(member: Member): void {
    if (!this.present.has(member.index)) return;
    this.present.delete(member.index);
    this.members.splice(this.members.indexOf(member), 1);
    this.size -= 1;
  }

  clear(): void {
    for (let at = 0; at < this.size; at += 1) {
      this.present.delete(this.members[at]!.index);
      this.members[at] = undefined;
    }
    this.size = 0;
  }
}
