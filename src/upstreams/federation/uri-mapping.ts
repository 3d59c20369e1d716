import type { ContentBlock } from '@modelcontextprotocol/client';

/** Maps the URIs of an upstream into a namespace of its own, and back: `name+` in front of them, as in `git+https:`. */
export class UriMapping {
  constructor(
    /** With the `+` at its end. */
    readonly scheme: string,
  ) {}

  toOurs(uri: string): string {
    return `${this.scheme}${uri}`;
  }

  toTheirs(uri: string): string {
    return uri.startsWith(this.scheme) ? uri.slice(this.scheme.length) : uri;
  }

  /** Links and embedded resources lead through us too. */
  content<T extends ContentBlock>(block: T): T {
    switch (block.type) {
      case 'resource_link':
        return { ...block, uri: this.toOurs(block.uri) };
      case 'resource':
        return { ...block, resource: { ...block.resource, uri: this.toOurs(block.resource.uri) } };
      case 'text':
      case 'image':
      case 'audio':
        return block;
      default:
        block satisfies never;
        return block;
    }
  }
}
