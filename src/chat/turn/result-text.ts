import type { ContentBlock, ToolResult } from '../../tools/tool-definition.js';

/** What a model that reads text is told of a result: its texts, or its data where there is no text. */
export function textOf({ content, structuredContent }: ToolResult): string {
  const texts = content.map(blockText).filter((text) => text !== '');
  if (texts.length > 0) return texts.join('\n');
  return structuredContent === undefined
    ? '(the tool answered with nothing)'
    : JSON.stringify(structuredContent);
}

function blockText(block: ContentBlock): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `[${block.type} of type ${block.mimeType}, not shown]`;
    case 'resource_link':
      return `[link to ${block.uri}]`;
    case 'resource':
      return 'text' in block.resource ? block.resource.text : `[resource ${block.resource.uri}, not shown]`;
    default:
      return '';
  }
}
