package dev.millrace.training.online;

import dev.millrace.models.delta.ModelDelta;

/**
 * What a slate says that it was made by: {@code MODEL+SEQUENCE}, and {@code +RANKER} behind it where a ranker ordered it. Immutable.
 *
 * @param delta the model and the delta
 * @param ranker the ranker's version; empty for none
 */
record SlateLabel(String delta, String ranker) {
    /** A label without a delta is one of its model alone, whatever follows it. */
    static SlateLabel parse(String label) {
        String[] parts = label.split("\\+", 3);
        boolean hasDelta =
                parts.length > 1 && parts[1].length() < 20 && parts[1].chars().allMatch(Character::isDigit);
        if (!hasDelta) {
            return new SlateLabel(parts[0], parts.length > 1 ? parts[1] : "");
        }
        return new SlateLabel(ModelDelta.label(parts[0], Long.parseLong(parts[1])), parts.length > 2 ? parts[2] : "");
    }
}
