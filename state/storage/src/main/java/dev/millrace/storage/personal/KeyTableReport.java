package dev.millrace.storage.personal;

/**
 * What a key table holds.
 *
 * @param people with a key, or with a drop
 * @param records in the file
 * @param overwritten records of dropped keys, which a rewriting removes
 * @param damaged records that opening found to be altered: their keys are lost
 * @param cut records at the file's end that opening removed, because they were not whole: nobody was told that they are stored
 * @param generation how often the file was rewritten
 * @param masterKey the id of what wrapped the table key
 */
public record KeyTableReport(
        int people, long records, long overwritten, long damaged, long cut, long generation, String masterKey) {}
