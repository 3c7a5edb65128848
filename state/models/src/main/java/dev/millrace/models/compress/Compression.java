package dev.millrace.models.compress;

import dev.millrace.models.Bundle;
import dev.millrace.models.BundleContent;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A way to make a bundle smaller, operator by operator, so that the one that loses most can be found. */
public interface Compression {
    /** What it is called in a bundle's lineage. */
    String method();

    Bundle original();

    /** What it can make smaller. */
    List<String> operators();

    /** What its manifest says that the original's says otherwise, such as how many parameters there are. */
    default Map<String, Double> metrics() {
        return Map.of();
    }

    /** The original with some of its {@link #operators} made smaller; metrics, lineage and parents are those given. */
    BundleContent content(Set<String> operators, BundleContent.Evidence evidence) throws IOException;
}
