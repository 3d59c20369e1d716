import { readFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import { WatchedFiles } from '../../observability/watched-files.service.js';

const MAX_LENGTH = 64 * 1024;

/** The prompt that comes with the server, or the operator's own, which is read again when it changes. */
@Injectable()
export class SystemPrompt {
  private current = '';

  constructor(@Inject(Configuration) { chat }: Configuration, files: WatchedFiles) {
    if (chat.systemPromptFile === undefined) {
      this.current = parse(readFileSync(new URL('./network-engineer.md', import.meta.url), 'utf8'));
      return;
    }
    files.watch({
      name: 'chat-prompt',
      path: chat.systemPromptFile,
      parse,
      apply: (text) => {
        this.current = text;
      },
    });
  }

  get text(): string {
    return this.current;
  }
}

function parse(text: string): string {
  const prompt = text.trim();
  if (prompt === '')
    throw new Error('The system prompt is empty: write one, or unset CHAT_SYSTEM_PROMPT_FILE');
  if (prompt.length > MAX_LENGTH)
    throw new Error(`The system prompt has more than ${MAX_LENGTH} characters: shorten it`);
  return prompt;
}
