package dev.millrace.index;

import dev.millrace.kernels.TopK;
import dev.millrace.model.ErrorCode;
import dev.millrace.model.Item;
import dev.millrace.model.MillraceException;
import dev.millrace.runtime.Deadline;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * A live inverted index from topics and attribute terms to items. One writer; any thread may search.
 *
 * <p>Lucene keeps the postings, in memory; the catalogue fills them again at start. {@link TopicScan} says which part of
 * them a search looks at.
 */
public final class TopicIndex implements AutoCloseable {
    private static final String ITEM = "item";
    private static final String NUMBER = "number";
    private static final String TERM = "term";
    private static final FieldType POSTINGS = postings();

    private final TopicIndexConfig config;
    private final ItemPrior prior;
    private final TopicTerms terms;
    private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
    private final IndexWriter writer;
    private final Thread refresher;
    private final ScratchPool<TopicScan> scans = new ScratchPool<>(TopicScan::new);
    private final Object refreshed = new Object();
    private volatile TopicView view;
    private volatile boolean changed;
    private volatile boolean closed;

    private TopicIndex(TopicIndexConfig config, ItemPrior prior) throws IOException {
        this.config = config;
        this.prior = prior;
        terms = new TopicTerms(config.maxTermsPerItem());
        writer = new IndexWriter(directory, new IndexWriterConfig(null).setUseCompoundFile(false));
        view = new TopicView(DirectoryReader.open(writer), NUMBER, Map.of());
        refresher = Thread.ofPlatform().daemon().name("topic-index-refresh").unstarted(this::refreshUntilClosed);
    }

    /** An empty index; {@code prior} orders items that match equally well. */
    public static TopicIndex open(TopicIndexConfig config, ItemPrior prior) {
        try {
            TopicIndex index = new TopicIndex(config, prior);
            index.refresher.start();
            return index;
        } catch (IOException e) {
            throw failed("open", e);
        }
    }

    /** Adds or replaces an item; searches see it after at most the configured refresh time. Writer only. */
    public void upsert(int ordinal, Item item) {
        Bounds.requireOrdinal(ordinal);
        try {
            boolean known = terms.isKnown(ordinal);
            Document document = document(ordinal, terms.put(ordinal, item));
            if (known) {
                writer.updateDocument(new Term(ITEM, bytes(ordinal)), document);
            } else {
                writer.addDocument(document);
            }
            changed = true;
        } catch (IOException e) {
            throw failed("write item " + ordinal + " to", e);
        }
    }

    /** Removes an item; searches may still see it until the refresh. Writer only. */
    public void delete(int ordinal) {
        Bounds.requireOrdinal(ordinal);
        try {
            terms.remove(ordinal);
            writer.deleteDocuments(new Term(ITEM, bytes(ordinal)));
            changed = true;
        } catch (IOException e) {
            throw failed("delete item " + ordinal + " from", e);
        }
    }

    /** The number of a topic's term; −1 where no item ever had it. */
    public int topicTerm(String topic) {
        return terms.number(TopicTerms.topicTerm(topic));
    }

    /** The terms of an item, most telling first; empty for an unknown item. Not to be changed. */
    public int[] terms(int ordinal) {
        return terms.of(ordinal);
    }

    /** How telling a term is: near 1 for rare terms, near 0 for those that nearly every item has. */
    public float rarity(int term) {
        return terms.rarity(term);
    }

    /**
     * Finds up to {@code k} items with the greatest sum of the weights of the query's terms that they have, best first.
     * Weights are scaled to a sum of 1, and the item's prior counts {@link ItemPrior#WEIGHT} beside them. When the
     * deadline passes on the way, the best of what was seen is returned.
     *
     * @return how many were found
     */
    public int search(
            TopicQuery query,
            int k,
            @Nullable IntPredicate accept,
            Deadline deadline,
            int[] ordinals,
            float[] scores) {
        Bounds.require("k", k, 1, Math.min(10_000, Math.min(ordinals.length, scores.length)));
        if (query.isEmpty()) {
            return 0;
        }
        TopicScan scan = scans.take();
        TopK best = scan.begin(k, terms, accept, prior, deadline);
        TopicView now = acquire();
        try {
            scan.run(query, now, config.scanLimit());
        } catch (IOException e) {
            throw failed("search", e);
        } finally {
            release(now);
        }
        int count = best.drain(ordinals, scores);
        scans.giveBack(scan);
        return count;
    }

    /** Makes all upserts so far visible now instead of within the refresh time. */
    public void refresh() {
        synchronized (refreshed) {
            if (closed || !changed) {
                return;
            }
            changed = false;
            try {
                TopicView before = view;
                DirectoryReader newer = DirectoryReader.openIfChanged(before.reader(), writer);
                if (newer != null) {
                    view = new TopicView(newer, NUMBER, before.ordinals());
                    before.release();
                }
            } catch (IOException e) {
                throw failed("refresh", e);
            }
        }
    }

    @Override
    public void close() {
        synchronized (refreshed) {
            if (closed) {
                return;
            }
            closed = true;
            refreshed.notifyAll();
            try (directory;
                    writer) {
                view.release();
                writer.rollback();
            } catch (IOException e) {
                throw failed("close", e);
            }
        }
    }

    private TopicView acquire() {
        while (true) {
            TopicView now = view;
            if (now.tryAcquire()) {
                return now;
            }
            if (closed) {
                throw new MillraceException(ErrorCode.UNAVAILABLE, "the topic index is closed");
            }
        }
    }

    private static void release(TopicView used) {
        try {
            used.release();
        } catch (IOException e) {
            throw failed("release", e);
        }
    }

    private void refreshUntilClosed() {
        while (!closed) {
            synchronized (refreshed) {
                try {
                    refreshed.wait(config.refreshMillis());
                } catch (InterruptedException e) {
                    return;
                }
            }
            refresh();
        }
    }

    private static Document document(int ordinal, int[] terms) {
        Document document = new Document();
        document.add(new NumericDocValuesField(NUMBER, ordinal));
        document.add(new Field(ITEM, bytes(ordinal), POSTINGS));
        for (int term : terms) {
            document.add(new Field(TERM, bytes(term), POSTINGS));
        }
        return document;
    }

    static Term term(int number) {
        return new Term(TERM, bytes(number));
    }

    private static BytesRef bytes(int number) {
        return new BytesRef(new byte[] {
            (byte) (number >>> 24), (byte) (number >>> 16), (byte) (number >>> 8), (byte) number
        });
    }

    private static FieldType postings() {
        FieldType type = new FieldType();
        type.setIndexOptions(IndexOptions.DOCS);
        type.setOmitNorms(true);
        type.setTokenized(false);
        type.freeze();
        return type;
    }

    private static MillraceException failed(String doing, IOException cause) {
        return new MillraceException(
                ErrorCode.STORAGE_FAILED, "cannot " + doing + " the topic index: " + cause.getMessage(), cause);
    }
}
