import { Controller, Delete, Get, Inject, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { principalOf } from '../access/request-principal.js';
import { Cancellation } from '../core/cancellation.js';
import { AppError, toProblem } from '../core/errors.js';
import type { Principal } from '../core/principal.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { JsonBody } from '../http/json-body.decorator.js';
import { requestContext } from '../observability/request-context.js';
import { answer } from '../http/response.writer.js';
import { ChatRequest } from './chat.request.js';
import { ChatScopeGuard } from './chat-scope.guard.js';
import { type ChatAnswer, ChatService, CLIENT_GONE } from './chat.service.js';
import { conversationReport, type ConversationReport } from './conversations/conversation.report.js';
import { Conversations } from './conversations/conversations.service.js';
import { ChatStream } from './turn/chat.stream.js';
import { NO_EVENTS, type TurnEvents } from './turn/turn-events.js';

export const CONVERSATION_HEADER = 'x-conversation-id';

/** `/chat`: questions in plain words, and the conversations that they make. */
@Controller('chat')
@UseGuards(ChatScopeGuard)
export class ChatController {
  constructor(
    private readonly chat: ChatService,
    private readonly conversations: Conversations,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  @Post()
  async ask(
    @JsonBody() body: ChatRequest,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const wantsStream = body.stream ?? (request.headers.accept ?? '').includes('text/event-stream');
    await (wantsStream ? this.stream(body, request, response) : this.plain(body, request, response));
  }

  @Get(':conversationId')
  async read(
    @Param('conversationId') id: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const report: ConversationReport = conversationReport(
      id,
      await this.conversations.turnsIn(caller(request), id),
    );
    answer(response, 200, JSON_HEADERS, JSON.stringify(report));
  }

  @Delete(':conversationId')
  async remove(
    @Param('conversationId') id: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const principal = caller(request);
    await this.conversations.remove(principal, id);
    const { correlationId } = requestContext(request);
    this.audit.record({ action: 'chat.delete', outcome: 'ok', principal, target: id, correlationId });
    answer(response, 204, [], '');
  }

  private async plain(body: ChatRequest, request: Request, response: Response): Promise<void> {
    try {
      const result = await this.run(body, request, response, NO_EVENTS);
      answer(response, 200, JSON_HEADERS, JSON.stringify(result));
    } catch (error) {
      // Nobody is left to be answered.
      if (error !== CLIENT_GONE) throw error;
    }
  }

  private async stream(body: ChatRequest, request: Request, response: Response): Promise<void> {
    const stream = new ChatStream(response);
    try {
      stream.finish('done', await this.run(body, request, response, stream));
    } catch (error) {
      stream.close();
      if (error === CLIENT_GONE) return;
      // Nothing has been sent yet: the filter answers.
      if (!stream.isOpen) throw error;
      this.finishWithError(stream, error, request);
    }
  }

  /** The status has gone out already, so the log line and the event have to tell. */
  private finishWithError(stream: ChatStream, error: unknown, request: Request): void {
    const context = requestContext(request);
    const known = error instanceof AppError ? error : new AppError('internal_error', { cause: error });
    context.fields.errorCode = known.code;
    stream.finish('error', toProblem(known, context.correlationId));
  }

  private async run(
    body: ChatRequest,
    request: Request,
    response: Response,
    events: TurnEvents,
  ): Promise<ChatAnswer> {
    const { correlationId, fields, responseHeaders } = requestContext(request);
    const cancellation = new Cancellation();
    const onGone = (): void => cancellation.cancel(CLIENT_GONE);
    if (response.destroyed) onGone();
    response.once('close', onGone);
    try {
      const result = await this.chat.ask(body, {
        principal: caller(request),
        correlationId,
        traceparent: header(request, 'traceparent'),
        cancellation,
        events,
        onConversation: (id) => {
          fields['conversationId'] = id;
          responseHeaders.push(CONVERSATION_HEADER, id);
        },
      });
      fields['toolCalls'] = result.toolCalls.length;
      if (result.notices !== undefined) fields['notices'] = result.notices.map(({ code }) => code);
      return result;
    } finally {
      response.off('close', onGone);
    }
  }
}

const JSON_HEADERS: readonly string[] = ['Content-Type', 'application/json', 'Cache-Control', 'no-store'];

/** The guard lets nobody through without one. */
function caller(request: Request): Principal {
  const principal = principalOf(request);
  if (principal === undefined) throw new AppError('unauthorized');
  return principal;
}

function header(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
