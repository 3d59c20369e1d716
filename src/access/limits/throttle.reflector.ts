import { Reflector } from '@nestjs/core';

type Place = Parameters<Reflector['getAllAndOverride']>[1][number];

/**
 * Reads what `@Throttle` and `@SkipThrottle` say of a route. The guard asks for six keys with every request, and puts
 * their names together each time; that there are none is found out once.
 */
export class ThrottleReflector extends Reflector {
  /** The class for which a handler was found to have none; another may have inherited it. */
  private readonly bare = new WeakMap<Place, Place>();

  /** @param places a handler and its class, in this order */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the signature of its parent
  override getAllAndOverride<T>(key: unknown, places: Place[]): T {
    const [handler, type] = places as [Place, Place];
    if (this.bare.get(handler) === type) return undefined as T;
    if (!places.some(hasThrottlerMetadata)) this.bare.set(handler, type);
    return super.getAllAndOverride(key, places);
  }
}

const hasThrottlerMetadata = (place: Place): boolean =>
  Reflect.getMetadataKeys(place).some((key) => String(key).startsWith('THROTTLER:'));
