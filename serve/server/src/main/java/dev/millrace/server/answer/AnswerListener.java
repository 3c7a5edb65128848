package dev.millrace.server.answer;

import dev.millrace.model.Slate;

/** Hears of each slate that was made, on the thread that made it; must be quick. */
@FunctionalInterface
public interface AnswerListener {
    void answered(Slate slate);
}
