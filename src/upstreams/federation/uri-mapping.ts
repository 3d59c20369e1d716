import type { ContentBlock } from '@modelcontextprotocol/client';
import { UI_SCHEME, UiUris, withUiUris } from './ui-uris.js';

/** Maps the URIs of an upstream into a namespace of its own, and back: `name+` in front of them, as in `git+https:`. */
export class UriMapping {
  constructor(
    /** With the `+` at its end. */
    readonly scheme: string,
    private readonly ui = new UiUris(),
  ) {}

  /** A resource of MCP Apps that is known keeps its URI, as far as nobody else has the same. */
  toOurs(uri: string): string {
    return this.uiOf(uri) ?? `${this.scheme}${uri}`;
  }

  toTheirs(uri: string): string {
    const ofUi = `${UI_SCHEME}${this.scheme}`;
    if (uri.startsWith(ofUi)) return `${UI_SCHEME}${uri.slice(ofUi.length)}`;
    return uri.startsWith(this.scheme) ? uri.slice(this.scheme.length) : uri;
  }

  /** The URI under which a resource of MCP Apps is served; `undefined` for what is none of this upstream. */
  uiOf(uri: string): string | undefined {
    return this.ui.servedAs(this.scheme.slice(0, -1), uri);
  }

  /** The `_meta` of a tool, which names the resource that shows its results. */
  toolMeta<T>(meta: T): T {
    return withUiUris(meta, (uri) => this.uiOf(uri) ?? uri);
  }

  /** Links and embedded resources lead through us too. */
  content<T extends ContentBlock>(block: T): T {
    switch (block.type) {
      case 'resource_link':
        return { ...block, uri: this.toOurs(block.uri) };
      case 'resource':
        return { ...block, resource: { ...block.resource, uri: this.embedded(block.resource.uri) } };
      case 'text':
      case 'image':
      case 'audio':
        return block;
      default:
        block satisfies never;
        return block;
    }
  }

  /** What is there need not be read; clients know what they show by its scheme. */
  private embedded(uri: string): string {
    return uri.startsWith(UI_SCHEME) ? (this.uiOf(uri) ?? uri) : this.toOurs(uri);
  }
}
