package dev.millrace.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import dev.millrace.samples.SequenceDataset;
import dev.millrace.training.bundle.TrainedModel;
import dev.millrace.training.network.BlockSize;
import dev.millrace.training.prune.StructuredPruning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class TrainerTest {
    @TempDir
    Path work;

    @Test
    void train_walksWithARule_learnsTheRule() throws IOException {
        List<TrainingProgress> reports = new ArrayList<>();
        TrainingResult result = Trainer.train(
                TrainingFixtures.walks(600), TrainingFixtures.config(Duration.ofSeconds(12)), reports::add, work);
        TrainedModel model =
                assertInstanceOf(TrainingResult.Finished.class, result).model();
        assertTrue(model.ndcg10() > 0.8, "NDCG@10 " + model.ndcg10());
        assertTrue(model.course().cpuSeconds() < 20, "took " + model.course().cpuSeconds() + " CPU s");
        assertTrue(Files.readAllLines(work.resolve("curve.jsonl")).size() >= 2);
        assertTrue(reports.stream().anyMatch(report -> report.phase() == TrainingPhase.VALIDATING));
        assertTrue(reports.getLast().step() > 0
                && Double.isFinite(reports.getLast().ndcg10()));
    }

    @Test
    void train_stopped_continuesFromItsCheckpoint() throws IOException {
        SequenceDataset data = TrainingFixtures.walks(600);
        TrainingConfig config = TrainingFixtures.config(Duration.ofSeconds(8));
        StopSignal stop = new StopSignal();
        ProgressListener stopper = progress -> {
            if (progress.step() > 30) {
                stop.request();
            }
        };
        TrainingResult first = Trainer.train(data, config, null, stopper, work, stop);
        TrainingResult.Stopped stopped = assertInstanceOf(TrainingResult.Stopped.class, first);
        List<TrainingProgress> reports = new ArrayList<>();
        TrainingResult second = Trainer.train(data, config, reports::add, work);
        assertInstanceOf(TrainingResult.Finished.class, second);
        TrainingProgress resumed = reports.stream()
                .filter(report -> report.phase() == TrainingPhase.LEARNING)
                .findFirst()
                .orElseThrow();
        assertTrue(resumed.step() > stopped.step(), resumed + " after " + stopped);
        assertTrue(resumed.cpuSeconds() > 0.1, "processor time goes on: " + resumed);
    }

    @Test
    void train_interruptedThread_writesACheckpointAndStaysInterrupted() throws IOException {
        Thread.currentThread().interrupt();
        TrainingResult result = Trainer.train(
                TrainingFixtures.walks(100),
                TrainingFixtures.config(Duration.ofSeconds(8)),
                ProgressListener.none(),
                work);
        assertTrue(Thread.interrupted(), "the caller must still see the interrupt");
        TrainingResult.Stopped stopped = assertInstanceOf(TrainingResult.Stopped.class, result);
        assertTrue(Files.size(stopped.checkpoint()) > 0);
    }

    @Test
    void train_checkpointOfOtherData_startsAnew() throws IOException {
        TrainingConfig config = TrainingFixtures.config(Duration.ofSeconds(8));
        StopSignal stop = new StopSignal();
        stop.request();
        Trainer.train(TrainingFixtures.walks(100), config, null, ProgressListener.none(), work, stop);
        StopSignal again = new StopSignal();
        again.request();
        TrainingResult result =
                Trainer.train(TrainingFixtures.walks(101), config, null, ProgressListener.none(), work, again);
        assertEquals(0, assertInstanceOf(TrainingResult.Stopped.class, result).step());
    }

    @Test
    void train_fromAPrunedModel_goesOnFromWhatItKnew() throws IOException {
        SequenceDataset data = TrainingFixtures.walks(600);
        TrainingConfig config = TrainingFixtures.config(Duration.ofSeconds(8));
        TrainedModel whole = assertInstanceOf(
                        TrainingResult.Finished.class, Trainer.train(data, config, ProgressListener.none(), work))
                .model();
        TrainedModel pruned = StructuredPruning.of(whole, new BlockSize(1, 4, 32), 6);
        Files.deleteIfExists(work.resolve("checkpoint.bin"));
        TrainingConfig brief = config.withShape(pruned.layout().shape()).withCpuBudget(Duration.ofMillis(400));
        TrainedModel tuned = assertInstanceOf(
                        TrainingResult.Finished.class,
                        Trainer.train(data, brief, null, pruned, ProgressListener.none(), work, new StopSignal()))
                .model();
        TrainedModel anew = assertInstanceOf(
                        TrainingResult.Finished.class, Trainer.train(data, brief, ProgressListener.none(), work))
                .model();
        assertEquals(new BlockSize(1, 4, 32), tuned.layout().shape().block());
        // Throws where the graph does not answer as the trainer does.
        assertNotNull(ModelExport.writeChecked(tuned, data, brief, Map.of(), work.resolve("bundle")));
        assertTrue(tuned.ndcg10() > anew.ndcg10() + 0.1, tuned.ndcg10() + " and from scratch " + anew.ndcg10());
        assertThrows(
                InvalidValueException.class,
                () -> Trainer.train(data, config, null, pruned, ProgressListener.none(), work, new StopSignal()));
    }

    @Test
    void train_nothingToLearn_saysWhatIsMissing() throws IOException {
        assertLacks("0 items", new SequenceDataset(List.of(), new int[0][]));
        assertLacks("1 items", new SequenceDataset(TrainingFixtures.vocabulary(1), new int[][] {{0, 0, 0}}));
        assertLacks("0 users", new SequenceDataset(TrainingFixtures.vocabulary(5), new int[][] {{0}, {1}, {2, 3}}));
        assertFalse(Files.exists(work.resolve("checkpoint.bin")));
    }

    @Test
    void train_twoItemsAndTinyBudget_stillAnswers() throws IOException {
        int[][] sequences = new int[12][];
        for (int user = 0; user < sequences.length; user++) {
            sequences[user] = new int[] {0, 1, 0, 1};
        }
        TrainingResult result = Trainer.train(
                new SequenceDataset(TrainingFixtures.vocabulary(2), sequences),
                TrainingFixtures.config(Duration.ofMillis(1)),
                ProgressListener.none(),
                work);
        assertEquals(
                1,
                assertInstanceOf(TrainingResult.Finished.class, result).model().hr10());
    }

    private void assertLacks(String expected, SequenceDataset dataset) throws IOException {
        TrainingResult result =
                Trainer.train(dataset, TrainingFixtures.config(Duration.ofSeconds(5)), ProgressListener.none(), work);
        String reason =
                assertInstanceOf(TrainingResult.TooLittleToLearn.class, result).reason();
        assertTrue(reason.contains(expected), reason);
    }
}
