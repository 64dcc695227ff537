/** People on one link see each other within two seconds; whoever is not there then will need a reason, ms. */
export const WHY_AFTER_MS = 4_000
