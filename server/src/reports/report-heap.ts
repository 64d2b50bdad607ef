/**
 * Heap of a thread that makes reports. One that needs more dies alone. Of young objects there are three parts, of which
 * two take turns; unlimited they grow to 192 MB, most of it rows that were written long ago.
 */
export const REPORT_HEAP = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 48 }
