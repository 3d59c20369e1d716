/** What an `ExecutionContext` knows of its route. */
interface Route {
  getHandler(): object;
  getClass(): object;
}

/** The class for which a handler was found to have none; another may have inherited it. */
const BARE = new WeakMap<object, object>();

/** Whether `@Throttle` or `@SkipThrottle` says something of a route. That they do not is found out once. */
export function hasThrottlerDecorator(route: Route): boolean {
  const [handler, type] = [route.getHandler(), route.getClass()];
  if (BARE.get(handler) === type) return false;
  if ([handler, type].some(hasThrottlerMetadata)) return true;
  BARE.set(handler, type);
  return false;
}

const hasThrottlerMetadata = (place: object): boolean =>
  Reflect.getMetadataKeys(place).some((key) => String(key).startsWith('THROTTLER:'));
