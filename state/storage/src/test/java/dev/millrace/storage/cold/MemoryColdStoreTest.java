package dev.millrace.storage.cold;

/** The store that other tests use is a true one. */
class MemoryColdStoreTest extends ColdStoreContract {
    private final MemoryColdStore store = new MemoryColdStore();

    @Override
    protected ColdStore store() {
        return store;
    }
}
