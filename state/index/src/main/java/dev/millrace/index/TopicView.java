package dev.millrace.index;

import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The topic index at one moment, with the item of every document in an array. Thread-safe; to be used between
 * {@link #tryAcquire} and {@link #release}, since the files behind it go with the last user.
 */
final class TopicView {
    private final DirectoryReader reader;
    private final Map<IndexReader.CacheKey, int[]> ordinals;

    /** @param before the view that this one follows, whose arrays it takes over where a segment stayed the same */
    TopicView(DirectoryReader reader, String field, Map<IndexReader.CacheKey, int[]> before) throws IOException {
        this.reader = reader;
        ordinals = HashMap.newHashMap(reader.leaves().size());
        for (LeafReaderContext leaf : reader.leaves()) {
            IndexReader.CacheKey key = leaf.reader().getCoreCacheHelper().getKey();
            int[] known = before.get(key);
            ordinals.put(key, known != null ? known : read(leaf, field));
        }
    }

    boolean tryAcquire() {
        return reader.tryIncRef();
    }

    void release() throws IOException {
        reader.decRef();
    }

    DirectoryReader reader() {
        return reader;
    }

    Map<IndexReader.CacheKey, int[]> ordinals() {
        return ordinals;
    }

    List<LeafReaderContext> leaves() {
        return reader.leaves();
    }

    int[] ordinals(LeafReaderContext leaf) {
        return ordinals.get(leaf.reader().getCoreCacheHelper().getKey());
    }

    private static int[] read(LeafReaderContext leaf, String field) throws IOException {
        int[] items = new int[leaf.reader().maxDoc()];
        NumericDocValues values = leaf.reader().getNumericDocValues(field);
        for (int document = 0; document < items.length; document++) {
            values.nextDoc();
            items[document] = (int) values.longValue();
        }
        return items;
    }
}
