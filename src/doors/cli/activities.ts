/** Activities in words. */

/** The names of RFC 4480 that are no words as they stand; its others are. */
const WORDS: Readonly<Record<string, string>> = {
  'in-transit': 'in transit',
  'looking-for-work': 'looking for work',
  'on-the-phone': 'on the phone',
  other: 'something else',
  'permanent-absence': 'away for good',
  tv: 'TV',
  unknown: 'something',
}

/** One that is not known is said as it came. */
export function activityWords(activity: string): string {
  return Object.hasOwn(WORDS, activity) ? (WORDS[activity] ?? activity) : activity
}
