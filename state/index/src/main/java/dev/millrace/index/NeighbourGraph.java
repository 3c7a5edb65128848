package dev.millrace.index;

import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.hnsw.HnswGraph;

import java.io.IOException;
import java.util.Arrays;

/**
 * A hierarchical navigable small world, copied from where Lucene built it into plain arrays, so that searching it reads
 * no file, decodes nothing and leaves no garbage. Immutable.
 *
 * <p>Level 0 holds every node: the neighbours of node {@code n} are {@code edges[starts[n]] … edges[starts[n + 1] − 1]}.
 * A level above holds few nodes, in ascending order in {@code nodes}, and {@code starts} goes by their place there.
 */
final class NeighbourGraph {
    private final Level[] levels;
    private final int entryNode;

    private NeighbourGraph(Level[] levels, int entryNode) {
        this.levels = levels;
        this.entryNode = entryNode;
    }

    static NeighbourGraph copyOf(HnswGraph graph) throws IOException {
        Level[] levels = new Level[graph.numLevels()];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = Level.copyOf(graph, i);
        }
        return new NeighbourGraph(levels, graph.entryNode());
    }

    int levels() {
        return levels.length;
    }

    int entryNode() {
        return entryNode;
    }

    /** Copies the neighbours of a node; returns how many. */
    int neighbours(int level, int node, int[] into) {
        Level at = levels[level];
        int place = level == 0 ? node : Arrays.binarySearch(at.nodes, node);
        int start = at.starts[place];
        int count = at.starts[place + 1] - start;
        System.arraycopy(at.edges, start, into, 0, count);
        return count;
    }

    private static final class Level {
        private final int[] nodes;
        private final int[] starts;
        private final int[] edges;

        private Level(int[] nodes, int[] starts, int[] edges) {
            this.nodes = nodes;
            this.starts = starts;
            this.edges = edges;
        }

        static Level copyOf(HnswGraph graph, int level) throws IOException {
            int[] nodes = sortedNodes(graph.getNodesOnLevel(level));
            int[] starts = new int[nodes.length + 1];
            int[] edges = new int[16 * nodes.length + 16];
            int count = 0;
            for (int i = 0; i < nodes.length; i++) {
                graph.seek(level, nodes[i]);
                for (int node = graph.nextNeighbor();
                        node != DocIdSetIterator.NO_MORE_DOCS;
                        node = graph.nextNeighbor()) {
                    if (count == edges.length) {
                        edges = Arrays.copyOf(edges, count + (count >> 1));
                    }
                    edges[count++] = node;
                }
                starts[i + 1] = count;
            }
            return new Level(level == 0 ? new int[0] : nodes, starts, Arrays.copyOf(edges, count));
        }

        private static int[] sortedNodes(HnswGraph.NodesIterator iterator) {
            int[] nodes = new int[iterator.size()];
            for (int i = 0; i < nodes.length; i++) {
                nodes[i] = iterator.nextInt();
            }
            Arrays.sort(nodes);
            return nodes;
        }
    }
}
