import { createContext } from '../../test/helpers/application-context.js';
import { OpenAiChatServer } from './server/openai.chat-server.js';
import { ChatServer } from './server/chat-server.port.js';

describe('The client of the chat server', () => {
  it.each([
    ['at the start where a chat server is named', { CHAT_SERVER_URL: 'http://localhost:8080' }, 1],
    ['with the first question elsewhere', {}, 0],
  ])('is loaded %s', async (_when, env, times) => {
    const prepare = jest.spyOn(OpenAiChatServer.prototype, 'prepare');
    const app = await createContext({ env });
    expect(app.get(ChatServer)).toBeInstanceOf(OpenAiChatServer);
    expect(prepare).toHaveBeenCalledTimes(times);
    jest.restoreAllMocks();
    await app.close();
  });
});
