import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Node's parser of HTTP, whose callbacks stand under numbers. It goes on to another connection after this one. */
type Parser = { readonly incoming: IncomingMessage | null; [callback: number]: unknown };

/** As Node calls its callbacks for what a client has sent. */
const CALLBACKS = ['parserOnHeaders', 'parserOnHeadersComplete', 'parserOnBody', 'parserOnMessageComplete'];

/** The parser of a connection, as long as it has one. */
export const parserOf = (socket: Socket): Parser | undefined =>
  (socket as { parser?: Parser | null }).parser ?? undefined;

/**
 * Takes callbacks away from the parser of a connection, until they are given back or the connection closes: Node makes
 * neither objects nor calls of what there is no callback for, so that what still comes takes next to no time. Under
 * which number a parser has which of them, Node does not tell; it is found by their names.
 *
 * @returns gives them back
 */
export function silenceParser(socket: Socket, names: readonly string[] = CALLBACKS): () => void {
  const parser = parserOf(socket);
  if (parser === undefined) return () => undefined;
  const taken = Object.keys(parser)
    .map((number) => ({ number: Number(number), callback: parser[Number(number)] }))
    .filter(({ callback }) => typeof callback === 'function' && names.includes(callback.name));
  for (const { number } of taken) parser[number] = undefined;
  const hearAgain = (): void => {
    for (const { number, callback } of taken) parser[number] = callback;
    socket.off('close', hearAgain);
  };
  // Node's own listener is the one that lets the parser go.
  socket.prependListener('close', hearAgain);
  return hearAgain;
}
