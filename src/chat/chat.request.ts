import { IsBoolean, IsOptional, IsString, Matches, MaxLength, ValidateBy } from 'class-validator';

const MAX_MESSAGE = 32_768;
const MAX_MODEL = 256;
const MAX_TOOLS = 1000;
const MAX_TOOL_NAME = 128;

/** The body of `POST /chat`. */
export class ChatRequest {
  /** The question, in plain words. */
  @MaxLength(MAX_MESSAGE)
  @Matches(/\S/, { message: 'message is empty' })
  @IsString()
  message!: string;

  /** Goes on with a conversation; left out, a new one begins. */
  @IsOptional()
  @Matches(/^[\w-]{1,64}$/, { message: 'conversationId is not the id of a conversation' })
  conversationId?: string | null;

  /** Left out: CHAT_MODEL. */
  @IsOptional()
  @MaxLength(MAX_MODEL)
  @Matches(/^\S+$/, { message: 'model is not the name of a model' })
  @IsString()
  model?: string | null;

  /** The tools to offer, by name; `false` offers none. Left out: every tool that the caller may call. */
  @IsOptional()
  @ValidateBy(
    { name: 'toolChoice', validator: { validate: isToolChoice } },
    { message: 'tools must be false or a list of names of tools' },
  )
  tools?: false | string[] | null;

  /** Whether to answer with a stream of events. */
  @IsOptional()
  @IsBoolean()
  stream?: boolean | null;
}

function isToolChoice(value: unknown): boolean {
  if (value === false) return true;
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MAX_TOOLS &&
    value.every((name) => typeof name === 'string' && name !== '' && name.length <= MAX_TOOL_NAME)
  );
}
