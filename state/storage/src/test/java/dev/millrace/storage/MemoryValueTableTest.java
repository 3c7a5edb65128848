package dev.millrace.storage;

class MemoryValueTableTest extends ValueTableContract {
    @Override
    protected ValueTable create(int maxValueBytes, long maxRows) {
        return new MemoryValueTable(maxValueBytes, maxRows);
    }
}
