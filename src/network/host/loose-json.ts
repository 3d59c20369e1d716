/**
 * JSON as iproute2 prints it. From 4.15 to 7.x it escapes an apostrophe (`\'`), leaves control characters in strings as
 * they are, and names a member twice, as `dst` of a route and of its encapsulation (lib/json_writer.c, ip/iproute.c).
 */

/** A text has another form than the one described above. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

export type LooseObject = Readonly<Record<string, unknown>>;

/** Nested arrays and objects; iproute2 has five or so. */
const MAX_DEPTH = 32;
/** Characters of one element: an interface with thousands of addresses. */
export const MAX_ELEMENT = 8 * 1024 * 1024;
/** Behind the name of a member that is there already. */
export const AGAIN = ' (again)';
/** How often a name may be there already; iproute2 has twice. */
const MAX_AGAIN = 8;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set(['{'.charCodeAt(0), '['.charCodeAt(0)]);
const CLOSE = new Set(['}'.charCodeAt(0), ']'.charCodeAt(0)]);

/** Takes the text of one array of objects in parts, and hands out each object as soon as it is whole. */
export class LooseArray {
  private text = '';
  private at = 0;
  private begin = -1;
  private depth = 0;
  private isInString = false;
  private isOver = false;
  private readonly take: (element: LooseObject) => void;

  constructor(take: (element: LooseObject) => void) {
    this.take = take;
  }

  /** @throws NotUnderstood */
  add(part: string): void {
    this.text += part;
    if (this.text.length > MAX_ELEMENT + part.length) throw new NotUnderstood('One element has no end');
    for (; this.at < this.text.length; this.at += 1) this.look(this.text.charCodeAt(this.at));
    const rest = this.begin === -1 ? this.at : this.begin;
    this.text = this.text.slice(rest);
    this.at -= rest;
    if (this.begin !== -1) this.begin = 0;
  }

  /** Nothing at all stands for an empty array, as some versions print it. @throws NotUnderstood */
  end(): void {
    if (this.depth > 0) throw new NotUnderstood('It ends in the middle');
  }

  private look(code: number): void {
    if (this.isInString) {
      if (code === BACKSLASH) this.at += 1;
      else if (code === QUOTE) this.isInString = false;
    } else if (code === QUOTE && this.depth > 1) this.isInString = true;
    else if (OPEN.has(code)) this.open(code);
    else if (CLOSE.has(code)) this.close();
    else if (this.depth < 2 && !' \t\r\n,'.includes(this.text[this.at]!)) {
      throw new NotUnderstood('It is no array of objects');
    }
  }

  private open(code: number): void {
    if (this.isOver || (this.depth === 0 && code !== 0x5b) || (this.depth === 1 && code !== 0x7b)) {
      throw new NotUnderstood('It is no array of objects');
    }
    if (this.depth === 1) this.begin = this.at;
    this.depth += 1;
  }

  private close(): void {
    this.depth -= 1;
    if (this.depth < 0) throw new NotUnderstood('It is no array of objects');
    if (this.depth === 0) this.isOver = true;
    if (this.depth !== 1) return;
    this.take(new LooseText(this.text.slice(this.begin, this.at + 1)).object());
    this.begin = -1;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', b: '\b' };

/** One value and what is in it. */
class LooseText {
  private at = 0;
  private depth = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  object(): LooseObject {
    const members: Record<string, unknown> = {};
    this.within('{', '}', () => {
      const name = this.freeName(this.string(), members);
      this.expect(':');
      // Not by assignment: a member may be called __proto__.
      Object.defineProperty(members, name, {
        value: this.value(),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    });
    return members;
  }

  private freeName(name: string, members: LooseObject): string {
    let free = name;
    for (let times = 0; Object.hasOwn(members, free); times += 1) {
      if (times === MAX_AGAIN) throw new NotUnderstood('A name is there too often');
      free += AGAIN;
    }
    return free;
  }

  private array(): unknown[] {
    const items: unknown[] = [];
    this.within('[', ']', () => items.push(this.value()));
    return items;
  }

  private within(open: string, close: string, step: () => void): void {
    this.expect(open);
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new NotUnderstood('It is too deep');
    while (this.next() !== close) {
      step();
      if (this.next() === ',') this.at += 1;
      else if (this.next() !== close) throw new NotUnderstood('A comma is missing');
    }
    this.at += 1;
    this.depth -= 1;
  }

  private value(): unknown {
    switch (this.next()) {
      case '{':
        return this.object();
      case '[':
        return this.array();
      case '"':
        return this.string();
      case undefined:
      default:
        return this.word();
    }
  }

  private string(): string {
    this.expect('"');
    let value = '';
    for (let from = this.at; ; this.at += 1) {
      const character = this.text[this.at];
      if (character === undefined) throw new NotUnderstood('A string has no end');
      if (character !== '"' && character !== '\\') continue;
      value += this.text.slice(from, this.at);
      this.at += 1;
      if (character === '"') return value;
      value += this.escaped();
      from = this.at + 1;
    }
  }

  /** Stays on its last character. */
  private escaped(): string {
    const letter = this.text[this.at] ?? '';
    if (letter !== 'u') return ESCAPES[letter] ?? letter;
    const code = Number.parseInt(this.text.slice(this.at + 1, this.at + 5), 16);
    this.at += 4;
    return String.fromCharCode(code);
  }

  /** A number, true, false or null; anything else that stands without quotation marks is a text. */
  private word(): unknown {
    const from = this.at;
    while (this.at < this.text.length && !',]} \t\r\n'.includes(this.text[this.at]!)) this.at += 1;
    const word = this.text.slice(from, this.at);
    if (word === '') throw new NotUnderstood('A value is missing');
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === 'null') return null;
    const number = Number(word);
    return Number.isNaN(number) ? word : number;
  }

  private next(): string | undefined {
    while (' \t\r\n'.includes(this.text[this.at] ?? '!')) this.at += 1;
    return this.text[this.at];
  }

  private expect(character: string): void {
    if (this.next() !== character) throw new NotUnderstood(`There is no ${character}`);
    this.at += 1;
  }
}
