package dev.millrace.recommend.live;

import dev.millrace.features.Catalog;
import dev.millrace.models.Bundle;
import dev.millrace.models.RidgeBundle;
import dev.millrace.retrieval.NextItemVotes;

import java.io.IOException;
import java.util.Arrays;

/**
 * The votes of a ridge under the catalogue's numbers (immutable).
 *
 * @param votes of and for the items that the catalogue knows
 * @param unknown how many of the ridge's items it does not know, so that they are left out
 */
public record CatalogVotes(NextItemVotes votes, int unknown) {
    private static final int NONE = -1;

    /** @throws dev.millrace.models.BundleRefusedException where the bundle is no ridge */
    public static CatalogVotes of(Bundle bundle, Catalog catalog) throws IOException {
        RidgeBundle.Votes ridge = RidgeBundle.read(bundle);
        int[] rows = new int[catalog.size()];
        int[] items = new int[ridge.vocabulary().size()];
        Arrays.fill(items, NONE);
        int known = 0;
        for (int item = 0; item < rows.length; item++) {
            rows[item] = ridge.vocabulary().index(catalog.id(item));
            if (rows[item] != NONE) {
                items[rows[item]] = item;
                known++;
            }
        }
        int[] targets = ridge.targets();
        for (int i = 0; i < targets.length; i++) {
            targets[i] = targets[i] == NONE ? NONE : items[targets[i]];
        }
        NextItemVotes votes = new NextItemVotes(
                bundle.version(),
                ridge.perItem(),
                (float) ridge.decay(),
                ridge.reach(),
                rows,
                targets,
                ridge.strengths());
        return new CatalogVotes(votes, items.length - known);
    }
}
