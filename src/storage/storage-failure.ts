import { AppError } from '../core/errors.js';

/**
 * The outcome of work on a store. One that does not answer is our trouble, and it passes.
 *
 * @throws AppError `storage_unavailable`
 */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new AppError('storage_unavailable', {
      detail: 'What is kept between requests cannot be reached now',
      retryAfterMs: 1000,
      cause: error,
    });
  }
}
