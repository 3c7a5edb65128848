package dev.millrace.storage.cold;

/** One block of an object, or its footer. */
record BlockKey(ColdName name, int block) {
    private static final int FOOTER = -1;

    static BlockKey footerOf(ColdName name) {
        return new BlockKey(name, FOOTER);
    }
}
