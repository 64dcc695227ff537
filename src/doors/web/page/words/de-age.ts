/** Wie alt etwas ist, auf Deutsch. */

/** `12 s`, `5 min`, `3 Std.`, `2 Tagen` */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} Std.`
  const days = Math.round(seconds / 86_400)
  return days === 1 ? '1 Tag' : `${days} Tagen`
}
