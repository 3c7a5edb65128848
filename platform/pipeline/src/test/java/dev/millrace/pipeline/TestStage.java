package dev.millrace.pipeline;

import org.jspecify.annotations.Nullable;

/** A stage made of two lambdas, for tests. */
record TestStage(StageSpec spec, Body body, @Nullable Body fallback) implements Stage {
    /** What a stage does. */
    interface Body {
        void run(Scope scope) throws Exception;
    }

    static TestStage of(StageSpec spec, Body body) {
        return new TestStage(spec, body, null);
    }

    TestStage withFallback(Body newFallback) {
        return new TestStage(spec, body, newFallback);
    }

    @Override
    public void run(Scope scope) throws Exception {
        body.run(scope);
    }

    @Override
    public void fallback(Scope scope) {
        Body filling = fallback;
        if (filling == null) {
            Stage.super.fallback(scope);
            return;
        }
        try {
            filling.run(scope);
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }
}
