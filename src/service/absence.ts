/** Who is asked and has nothing to show: a visitor, or one whose presence service is stopped. */
import type { SubscriptionState } from '../envelope/presence-frame.ts'
import type { House } from './house.ts'

/** What whoever asks hears where nobody shows anything, if so: a visitor, or a stopped presence service. They keep the wish. */
export function notHere({
  visiting,
  services,
}: Pick<House, 'visiting' | 'services'>): SubscriptionState | undefined {
  if (visiting) return { status: 'pending', event: 'not-now' }
  return services.presence ? undefined : { status: 'pending', event: 'no-service' }
}
